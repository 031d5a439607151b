// SPDX-License-Identifier: BSD-3-Clause
import { textFilter } from '../data/text_filter.ts';
import type { TraceEvent } from '../guest/types.ts';
import { h, searchField, setText } from '../view/dom.ts';

/** More than this are no list to read: the search makes it shorter. */
const MOST_EVENTS = 120;

const COLUMNS = ['Event', 'Count', 'Record', 'Backtrace'];

interface Line {
  readonly element: HTMLElement;
  readonly count: HTMLInputElement;
  readonly record: HTMLInputElement;
  readonly backtrace: HTMLInputElement;
}

/** All events of the guest with what can be done with each: count it, record it. */
export class EventList {
  readonly element: HTMLElement;
  private readonly list = h('tbody');
  private readonly summary = h('p', { class: 'summary', 'aria-live': 'polite' });
  private readonly lines = new Map<string, Line>();
  private events: readonly TraceEvent[] = [];
  private counted: ReadonlySet<string> = new Set();
  private typed = '';

  constructor(
    private readonly onCount: (name: string, on: boolean) => void,
    private readonly onRecord: (name: string, on: boolean, backtrace: boolean) => void,
  ) {
    this.element = h(
      'section',
      { 'aria-label': 'All events', class: 'event-list' },
      h(
        'div',
        { class: 'toolbar' },
        searchField('Search events', (text) => {
          this.typed = text;
          this.draw(this.counted);
        }),
        this.summary,
      ),
      h(
        'div',
        { class: 'events', tabindex: '0', role: 'region', 'aria-label': 'Events' },
        h(
          'table',
          {},
          h('caption', { class: 'visually-hidden' }, 'What is done with each event'),
          h('thead', {}, h('tr', {}, ...COLUMNS.map((title) => h('th', { scope: 'col' }, title)))),
          this.list,
        ),
      ),
    );
  }

  setEvents(events: readonly TraceEvent[]): void {
    this.events = [...events].sort((a, b) => a.name.localeCompare(b.name));
  }

  draw(counted: ReadonlySet<string>): void {
    this.counted = counted;
    const matches = textFilter(this.typed);
    const found = this.events.filter(({ name }) => matches(name));
    const shown = found.slice(0, MOST_EVENTS);
    const lines = shown.map((event) => this.line(event).element);
    // Only when the choice changed: the boxes must not lose the keyboard's focus.
    const same =
      lines.length === this.list.children.length &&
      lines.every((line, i) => line === this.list.children[i]);
    if (!same) this.list.replaceChildren(...lines);
    const rest = found.length > shown.length ? `; the first ${shown.length} are shown` : '';
    setText(this.summary, `${found.length} of ${this.events.length} events${rest}`);
  }

  private line(event: TraceEvent): Line {
    let line = this.lines.get(event.name);
    if (!line) this.lines.set(event.name, (line = this.newLine(event.name)));
    line.count.checked = this.counted.has(event.name);
    line.record.checked = event.enabled;
    line.backtrace.checked = event.backtrace;
    return line;
  }

  private newLine(name: string): Line {
    const record = (): void => this.onRecord(name, boxes.record.checked, boxes.backtrace.checked);
    const box = (label: string, changed: () => void): HTMLInputElement =>
      h('input', { type: 'checkbox', 'aria-label': `${label} ${name}`, onchange: changed });
    const boxes = {
      count: box('Count', () => this.onCount(name, boxes.count.checked)),
      record: box('Record', record),
      backtrace: box('Backtrace', record),
    };
    const element = h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h('td', {}, boxes.count),
      h('td', {}, boxes.record),
      h('td', {}, boxes.backtrace),
    );
    return { element, ...boxes };
  }
}
