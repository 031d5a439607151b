// SPDX-License-Identifier: BSD-3-Clause
import { eventRates, type EventRate } from '../data/event_rates.ts';
import { History } from '../data/history.ts';
import type { Reading } from '../data/reading.ts';
import { integer, perSecond } from '../data/units.ts';
import type { CountList, TraceEvent } from '../guest/types.ts';
import { Chart } from '../view/chart.ts';
import { button, h } from '../view/dom.ts';
import { DataTable, numbers, words } from '../view/table.ts';
import { seriesColour } from '../view/theme.ts';
import { EventList } from './event_list.ts';
import type { Context, Panel } from './panel.ts';

/** The busiest are drawn; the table has all. */
const MOST_LINES = 8;

/** Which events are known changes seldom: only who records them. */
const ROUNDS = 5;

export class TracepointsPanel implements Panel {
  readonly id = 'tracepoints';
  readonly title = 'Tracepoints';
  readonly element: HTMLElement;
  private readonly history = new History();
  private readonly chart: Chart;
  private readonly table: DataTable<EventRate>;
  private readonly events: EventList;
  private readonly stopAll: HTMLButtonElement;
  private latest: CountList | undefined;
  private rates: readonly EventRate[] = [];
  private rounds = 0;
  private time = 0;

  constructor(private readonly context: Context) {
    this.chart = new Chart({
      title: 'Events per second',
      history: this.history,
      format: perSecond,
    });
    this.table = new DataTable<EventRate>({
      caption: 'Events that are counted',
      empty: 'No event is counted yet: choose some from the list.',
      key: ({ name }) => name,
      sortBy: 'rate',
      columns: [
        words('name', 'Event', ({ name }) => name),
        numbers('rate', 'Per second', (row) => row.perSecond, perSecond),
        numbers('total', 'In all', (row) => row.total, integer),
        {
          id: 'stop',
          title: '',
          text: () => '',
          control: ({ name }) => {
            const stop = button('Stop', () => this.count(name, false), 'quiet');
            stop.setAttribute('aria-label', `Stop counting ${name}`);
            return stop;
          },
        },
      ],
    });
    this.events = new EventList(
      (name, on) => this.count(name, on),
      (name, on, backtrace) => this.record(name, on, backtrace),
    );
    this.stopAll = button('Stop all', () =>
      context.act(() => context.client.delete('/trace/count')),
    );
    this.element = h(
      'div',
      { class: 'columns' },
      h(
        'section',
        { 'aria-label': 'Counted events' },
        this.chart.element,
        h('div', { class: 'toolbar' }, h('h3', {}, 'Counted'), this.stopAll),
        this.table.element,
      ),
      this.events.element,
    );
  }

  onReading(reading: Reading): void {
    this.time = reading.time;
  }

  async poll(): Promise<void> {
    const { client } = this.context;
    if (this.rounds++ % ROUNDS === 0) {
      this.events.setEvents(await client.json<TraceEvent[]>('/trace/status'));
    }
    const counts = await client.json<CountList>('/trace/count');
    this.rates = eventRates(counts, this.latest);
    if (this.latest && counts.time_ms > this.latest.time_ms) {
      const values = this.rates.map(({ name, perSecond: rate }) => [name, rate] as const);
      this.history.push(this.time, Object.fromEntries(values));
    }
    this.latest = counts;
  }

  draw(): void {
    const busiest = [...this.rates].sort((a, b) => b.perSecond - a.perSecond).slice(0, MOST_LINES);
    const chosen = busiest.map(({ name }) => name).sort();
    this.chart.draw(
      chosen.map((name, i) => ({ key: name, label: name, colour: seriesColour(i) })),
      this.context.range(),
    );
    this.table.show(this.rates);
    this.stopAll.hidden = this.rates.length === 0;
    this.events.draw(new Set(this.rates.map(({ name }) => name)));
  }

  onRestart(): void {
    this.latest = undefined;
    this.rounds = 0;
    this.history.clear();
  }

  private count(name: string, on: boolean): void {
    this.context.act(() =>
      this.context.client.post(`/trace/count/${encodeURIComponent(name)}`, { enabled: `${on}` }),
    );
  }

  private record(name: string, on: boolean, backtrace: boolean): void {
    this.rounds = 0;
    this.context.act(() =>
      this.context.client.post(`/trace/event/${encodeURIComponent(name)}`, {
        enabled: `${on}`,
        backtrace: `${backtrace}`,
      }),
    );
  }
}
