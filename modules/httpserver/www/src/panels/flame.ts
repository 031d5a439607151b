// SPDX-License-Identifier: BSD-3-Clause
import {
  frameTree,
  hotFunctions,
  isIdleStack,
  threadLabel,
  type HotFunction,
} from '../data/flame_tree.ts';
import { textFilter } from '../data/text_filter.ts';
import { integer, percent } from '../data/units.ts';
import type { SampledStack, StackList } from '../guest/types.ts';
import { button, checkbox, h, labelled, saveAs, searchField, select, setText } from '../view/dom.ts';
import { FlameGraph } from '../view/flame_graph.ts';
import { DataTable, numbers, words } from '../view/table.ts';
import { colour } from '../view/theme.ts';
import type { Context, Panel } from './panel.ts';

const FREQUENCIES = ['19', '49', '99', '199', '499', '999'];
const HOTTEST = 30;

export class FlamePanel implements Panel {
  readonly id = 'flame';
  readonly title = 'Flame graph';
  readonly element: HTMLElement;
  private readonly graph = new FlameGraph();
  private readonly hot: DataTable<HotFunction>;
  private readonly summary = h('p', { class: 'summary' });
  private readonly threads: HTMLSelectElement;
  private readonly zoomOut: HTMLButtonElement;
  private frequency = '99';
  private stacks: readonly SampledStack[] = [];
  private total = 0;
  private follow = true;
  private thread = '';
  private byThread = false;
  private showIdle = false;
  private drawn = '';

  constructor(private readonly context: Context) {
    this.threads = select([['', 'all']], '', (thread) => {
      this.thread = thread;
      this.draw();
    });
    this.zoomOut = button('Zoom out', () => this.graph.zoomOut());
    this.zoomOut.hidden = true;
    this.graph.element.addEventListener('zoom', () => (this.zoomOut.hidden = !this.graph.zoomed));
    this.hot = new DataTable<HotFunction>({
      caption: 'Functions with the most samples',
      empty: 'No samples yet: start the sampler.',
      key: ({ name }) => name,
      sortBy: 'self',
      columns: [
        words('name', 'Function', ({ name }) => name),
        numbers('self', 'Itself', (row) => this.part(row.self), percent, {
          help: 'Samples in the function itself',
          bar: (row) => this.part(row.self) / 100,
        }),
        numbers('total', 'With what it calls', (row) => this.part(row.total), percent),
        numbers('samples', 'Samples', (row) => row.self, integer),
      ],
    });
    this.element = h(
      'div',
      {},
      this.samplerBar(),
      this.graphBar(),
      this.graph.element,
      h('h3', {}, 'Hottest functions'),
      this.hot.element,
    );
  }

  private samplerBar(): HTMLElement {
    const { client, act } = this.context;
    const sampler = (hz: string): void =>
      act(() => client.post(`/trace/sampler?freq=${encodeURIComponent(hz)}`));
    const frequency = select(
      FREQUENCIES.map((hz) => [hz, `${hz} Hz`] as const),
      this.frequency,
      (hz) => (this.frequency = hz),
    );
    return h(
      'div',
      { class: 'toolbar' },
      labelled('Sample each CPU at', frequency),
      button('Start', () => sampler(this.frequency), 'primary'),
      button('Stop', () => sampler('0')),
      button('Reset', () => act(() => client.delete('/trace/stacks'))),
      this.summary,
    );
  }

  private graphBar(): HTMLElement {
    return h(
      'div',
      { class: 'toolbar' },
      searchField('Search functions', (text) => {
        this.graph.search(text === '' ? undefined : textFilter(text));
      }),
      labelled('Thread', this.threads),
      checkbox('One row per thread', false, (checked) => {
        this.byThread = checked;
        this.draw();
      }),
      checkbox('Idle threads', false, (checked) => {
        this.showIdle = checked;
        this.draw();
      }),
      checkbox('Follow', true, (checked) => (this.follow = checked)),
      this.zoomOut,
      button('Save SVG', () => saveAs('flame.svg', 'image/svg+xml', this.graph.svgText())),
    );
  }

  async poll(): Promise<void> {
    if (!this.follow) return;
    this.stacks = (await this.context.client.json<StackList>('/trace/stacks')).stacks ?? [];
  }

  draw(): void {
    const form = JSON.stringify([
      this.thread,
      this.byThread,
      this.showIdle,
      colour('--text'),
      this.stacks.map(({ count }) => count),
    ]);
    if (form === this.drawn) return;
    this.drawn = form;
    const kept = this.stacks.filter((stack) => this.showIdle || !isIdleStack(stack));
    this.listThreads(kept);
    const chosen = kept.filter(
      (stack) => this.thread === '' || threadLabel(stack) === this.thread,
    );
    const root = frameTree(chosen, this.byThread);
    this.total = root.total;
    this.graph.show(root);
    this.hot.show(hotFunctions(frameTree(chosen)).slice(0, HOTTEST));
    const all = this.stacks.reduce((sum, { count }) => sum + count, 0);
    setText(this.summary, `${integer(all)} samples, ${integer(root.total)} shown`);
  }

  onRestart(): void {
    this.stacks = [];
  }

  private part(samples: number): number {
    return this.total > 0 ? (samples / this.total) * 100 : 0;
  }

  private listThreads(stacks: readonly SampledStack[]): void {
    const names = [...new Set(stacks.map(threadLabel))].sort();
    if (this.thread !== '' && !names.includes(this.thread)) names.unshift(this.thread);
    const there = [...this.threads.options].slice(1).map(({ value }) => value);
    if (there.join('\n') === names.join('\n')) return;
    this.threads.replaceChildren(
      h('option', { value: '' }, 'all'),
      ...names.map((name) => h('option', { value: name, selected: name === this.thread }, name)),
    );
  }
}
