// SPDX-License-Identifier: BSD-3-Clause
import { textFilter } from '../data/text_filter.ts';
import { threadRows, type ThreadRow } from '../data/threads.ts';
import { bytes, duration, integer, percent, perSecond } from '../data/units.ts';
import type { ThreadList } from '../guest/types.ts';
import { checkbox, h, searchField, setText } from '../view/dom.ts';
import { DataTable, numbers, words } from '../view/table.ts';
import type { Context, Panel } from './panel.ts';

export class ThreadsPanel implements Panel {
  readonly id = 'threads';
  readonly title = 'Threads';
  readonly element: HTMLElement;
  private readonly table = threadTable();
  private readonly summary = h('p', { class: 'summary' });
  private latest: ThreadList | undefined;
  private rows: readonly ThreadRow[] = [];
  private matches = textFilter('');
  private showIdle = false;

  constructor(private readonly context: Context) {
    this.element = h(
      'div',
      {},
      h(
        'div',
        { class: 'toolbar' },
        searchField('Filter by name, process, thread or state', (text) => {
          this.matches = textFilter(text);
          this.draw();
        }),
        checkbox('Idle threads', false, (checked) => {
          this.showIdle = checked;
          this.draw();
        }),
        this.summary,
      ),
      this.table.element,
    );
  }

  async poll(): Promise<void> {
    const list = await this.context.client.json<ThreadList>('/os/threads');
    this.rows = threadRows(list, this.latest);
    this.latest = list;
  }

  draw(): void {
    const wanted = this.rows.filter((row) => this.showIdle || !row.idle);
    const shown = wanted.filter((row) => this.matches(searchText(row)));
    this.table.show(shown);
    const busy = shown.reduce((sum, row) => sum + row.cpuPercent, 0);
    const number =
      shown.length === wanted.length
        ? `${shown.length} threads`
        : `${shown.length} of ${wanted.length} threads`;
    setText(this.summary, `${number}, ${percent(busy)} of one CPU`);
  }

  onRestart(): void {
    this.latest = undefined;
  }
}

const searchText = ({ thread }: ThreadRow): string =>
  `${thread.name} ${thread.pid ?? ''} ${thread.id} ${thread.status}`;

function threadTable(): DataTable<ThreadRow> {
  return new DataTable<ThreadRow>({
    caption: 'Threads of the guest',
    empty: 'No thread matches.',
    key: ({ thread }) => `${thread.id} ${thread.name}`,
    sortBy: 'cpu',
    columns: [
      words('name', 'Name', ({ thread }) => thread.name),
      numbers('cpu', 'CPU', (row) => row.cpuPercent, percent, {
        help: 'Part of one CPU',
        bar: (row) => row.cpuPercent / 100,
      }),
      words('state', 'State', ({ thread }) => thread.status),
      numbers('on', 'Ran on', (row) => row.cpu ?? -1, cpuName, {
        help: 'The CPU where it last ran',
      }),
      numbers('switches', 'Switches', (row) => row.switches, perSecond, {
        help: 'How often it was given a CPU',
      }),
      numbers('preemptions', 'Preempted', (row) => row.preemptions, perSecond, {
        help: 'How often its CPU was taken away while it had more to do',
      }),
      numbers('migrations', 'Migrated', (row) => row.migrations, perSecond, {
        help: 'How often it went to another CPU',
      }),
      numbers('time', 'CPU time', ({ thread }) => thread.cpu_ms / 1000, duration),
      numbers('pid', 'Process', ({ thread }) => thread.pid ?? -1, idName),
      numbers('tid', 'Thread', ({ thread }) => thread.id, idName),
      numbers('priority', 'Priority', ({ thread }) => thread.priority, priorityName),
      numbers('stack', 'Stack', ({ thread }) => thread.stack_size, bytes),
    ],
  });
}

const idName = (value: number | null | undefined): string =>
  value === undefined || value === null || value < 0 ? '–' : String(value);

const cpuName = (value: number | null | undefined): string =>
  idName(value) === '–' ? '–' : `CPU ${value}`;

const priorityName = (value: number | null | undefined): string =>
  Number.isInteger(value) ? integer(value) : (value ?? 0).toFixed(2);
