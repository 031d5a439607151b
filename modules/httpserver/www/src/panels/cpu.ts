// SPDX-License-Identifier: BSD-3-Clause
import { History } from '../data/history.ts';
import type { Reading } from '../data/reading.ts';
import { perSecond, percent, wholePercent } from '../data/units.ts';
import { Chart, type Series } from '../view/chart.ts';
import { h } from '../view/dom.ts';
import type { Context, Panel } from './panel.ts';

/** Modes of node_cpu_seconds_total from the bottom of the stack up; idle is the room above. */
const MODES: readonly (readonly [mode: string, label: string])[] = [
  ['user', 'user'],
  ['nice', 'nice'],
  ['system', 'system'],
  ['softirq', 'soft interrupts'],
  ['irq', 'interrupts'],
  ['iowait', 'waiting for I/O'],
  ['steal', 'stolen'],
];

/** Always shown; the others only once they were more than nothing. */
const USUAL = new Set(['user', 'system']);

/** What the CPUs do, in parts of a hundred, for one CPU each and for all. */
export class CpuUse {
  readonly history = new History();
  private readonly seen = new Set(USUAL);
  cpus: number[] = [];
  /** Parts of a hundred of all CPUs that were busy. */
  busy = 0;

  add(reading: Reading): void {
    const rates = reading.rates('node_cpu_seconds_total');
    const cpus = [...new Set(rates.map(({ labels }) => Number(labels['cpu'])))];
    this.cpus = cpus.sort((a, b) => a - b);
    if (reading.elapsed === 0) return;
    const values: Record<string, number> = {};
    this.busy = 0;
    for (const { labels, perSecond: share } of rates) {
      const { cpu, mode = '' } = labels;
      if (mode === 'idle') continue;
      const part = share * 100;
      values[`${cpu}:${mode}`] = part;
      values[mode] = (values[mode] ?? 0) + part / this.cpus.length;
      this.busy += part / this.cpus.length;
      if (part > 0.05) this.seen.add(mode);
    }
    this.history.push(reading.time, values);
  }

  /** The series of one CPU, or of all. */
  series(cpu?: number): Series[] {
    return MODES.filter(([mode]) => this.seen.has(mode)).map(([mode, label]) => ({
      key: cpu === undefined ? mode : `${cpu}:${mode}`,
      label,
      colour: `--mode-${mode}`,
    }));
  }

  chart(title: string, options: { small?: boolean; more?: string } = {}): Chart {
    const { history } = this;
    return new Chart({
      title,
      history,
      format: percent,
      scale: wholePercent,
      stacked: true,
      top: () => 100,
      ...options,
    });
  }
}

export class CpuPanel implements Panel {
  readonly id = 'cpu';
  readonly title = 'CPU';
  readonly element: HTMLElement;
  private readonly all: Chart;
  private readonly switches: Chart;
  private readonly counters = new History();
  private readonly each = h('div', { class: 'grid small' });
  private charts = new Map<number, Chart>();

  constructor(
    private readonly context: Context,
    private readonly use: CpuUse,
  ) {
    this.all = use.chart('All CPUs');
    this.switches = new Chart({
      title: 'Context switches and interrupts',
      history: this.counters,
      format: perSecond,
    });
    this.element = h(
      'div',
      {},
      h('div', { class: 'grid' }, this.all.element, this.switches.element),
      h('h3', {}, 'Each CPU'),
      this.each,
    );
  }

  onReading(reading: Reading): void {
    if (reading.elapsed === 0) return;
    this.counters.push(reading.time, {
      switches: reading.totalRate('node_context_switches_total'),
      interrupts: reading.totalRate('node_intr_total'),
      forks: reading.totalRate('node_forks_total'),
    });
  }

  draw(): void {
    const range = this.context.range();
    this.all.draw(this.use.series(), range);
    this.switches.draw(
      [
        { key: 'switches', label: 'context switches', colour: '--series-1' },
        { key: 'interrupts', label: 'interrupts', colour: '--series-2' },
        { key: 'forks', label: 'new processes', colour: '--series-3' },
      ],
      range,
    );
    for (const cpu of this.use.cpus) {
      let chart = this.charts.get(cpu);
      if (!chart) {
        chart = this.use.chart(`CPU ${cpu}`, { small: true });
        this.charts.set(cpu, chart);
        this.each.append(chart.element);
      }
      chart.draw(this.use.series(cpu), range);
    }
  }

  onRestart(): void {
    this.counters.clear();
    this.charts.clear();
    this.each.replaceChildren();
  }
}
