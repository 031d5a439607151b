// SPDX-License-Identifier: BSD-3-Clause
import { logLines, type LogLine } from '../data/log_lines.ts';
import { textFilter } from '../data/text_filter.ts';
import { button, checkbox, h, saveAs, searchField, setText } from '../view/dom.ts';
import type { Context, Panel } from './panel.ts';

/** More lines than this are kept out of the page; the file that is saved has them all. */
const MOST_LINES = 2000;

export class LogPanel implements Panel {
  readonly id = 'log';
  readonly title = 'Log';
  readonly element: HTMLElement;
  private readonly list = h('ol', {
    class: 'log',
    tabindex: '0',
    'aria-label': 'Kernel log',
  });
  private readonly summary = h('p', { class: 'summary' });
  private log = '';
  private next = 0;
  private drawn = '';
  private typed = '';
  private onlyTrouble = false;
  private follow = true;

  constructor(private readonly context: Context) {
    this.element = h(
      'div',
      {},
      h(
        'div',
        { class: 'toolbar' },
        searchField('Filter: text or /expression/', (text) => {
          this.typed = text;
          this.draw();
        }),
        checkbox('Follow', true, (checked) => {
          this.follow = checked;
          this.scroll();
        }),
        checkbox('Only warnings and errors', false, (checked) => {
          this.onlyTrouble = checked;
          this.draw();
        }),
        button('Save', () => saveAs('osprey.log', 'text/plain', this.log)),
        this.summary,
      ),
      this.list,
    );
  }

  async poll(): Promise<void> {
    const { text, next } = await this.context.client.log(this.next);
    // A guest that does not count its lines sends all of them each time.
    this.log = this.next > 0 && next !== undefined ? this.log + text : text;
    this.next = next ?? 0;
  }

  draw(): void {
    const form = `${this.typed}\n${this.onlyTrouble}\n${this.log}`;
    if (form === this.drawn) return;
    this.drawn = form;
    const matches = textFilter(this.typed);
    const all = logLines(this.log);
    const shown = all.filter(
      (line) => matches(line.text) && (!this.onlyTrouble || line.severity !== 'info'),
    );
    this.list.replaceChildren(...shown.slice(-MOST_LINES).map(lineElement));
    setText(
      this.summary,
      shown.length === all.length
        ? `${all.length} lines`
        : `${shown.length} of ${all.length} lines`,
    );
    this.scroll();
  }

  onRestart(): void {
    this.log = '';
    this.next = 0;
  }

  private scroll(): void {
    if (this.follow) this.list.scrollTop = this.list.scrollHeight;
  }
}

function lineElement({ text, severity }: LogLine): HTMLElement {
  const word = severity === 'info' ? undefined : h('span', { class: 'visually-hidden' }, `${severity}: `);
  return h('li', { class: severity }, word, text);
}
