// SPDX-License-Identifier: BSD-3-Clause
import { History } from '../data/history.ts';
import type { Reading } from '../data/reading.ts';
import { bytes, perSecond, wholePercent } from '../data/units.ts';
import { Chart } from '../view/chart.ts';
import { h } from '../view/dom.ts';
import { Figures } from '../view/figures.ts';
import type { Context, Panel } from './panel.ts';

/** What the guest's memory is used for, in bytes. */
export class MemoryUse {
  readonly history = new History();
  total = 0;
  free = 0;
  available = 0;
  cached = 0;
  buffers = 0;

  add(reading: Reading): void {
    const of = (name: string): number => reading.value(`node_memory_${name}_bytes`) ?? 0;
    this.total = of('MemTotal');
    this.free = of('MemFree');
    this.available = of('MemAvailable');
    this.cached = of('Cached');
    this.buffers = of('Buffers');
    const { used, cached, buffers, free } = this;
    this.history.push(reading.time, { used, cache: cached + buffers, free });
  }

  /** Neither free nor a copy of what a file has. */
  get used(): number {
    return Math.max(0, this.total - this.free - this.cached - this.buffers);
  }

  chart(more?: string): Chart {
    return new Chart({
      title: 'Memory',
      history: this.history,
      format: bytes,
      stacked: true,
      binary: true,
      top: () => this.total || undefined,
      ...(more ? { more } : {}),
    });
  }

  draw(chart: Chart, range: number): void {
    chart.draw(
      [
        { key: 'used', label: 'used', colour: '--series-1' },
        { key: 'cache', label: 'page cache', colour: '--series-3' },
      ],
      range,
    );
  }
}

export class MemoryPanel implements Panel {
  readonly id = 'memory';
  readonly title = 'Memory';
  readonly element: HTMLElement;
  private readonly figures = new Figures(['Total', 'Used', 'Page cache', 'Free', 'Available']);
  private readonly chart: Chart;
  private readonly faultHistory = new History();
  private readonly faults: Chart;

  constructor(
    private readonly context: Context,
    private readonly use: MemoryUse,
  ) {
    this.chart = use.chart();
    this.faults = new Chart({
      title: 'Page faults',
      history: this.faultHistory,
      format: perSecond,
    });
    this.element = h(
      'div',
      {},
      this.figures.element,
      h('div', { class: 'grid' }, this.chart.element, this.faults.element),
    );
  }

  onReading(reading: Reading): void {
    if (reading.elapsed === 0) return;
    this.faultHistory.push(reading.time, {
      faults: reading.totalRate('node_vmstat_pgfault'),
      major: reading.totalRate('node_vmstat_pgmajfault'),
    });
  }

  draw(): void {
    const { total, used, cached, buffers, free, available } = this.use;
    const part = (value: number): string =>
      total > 0 ? `${wholePercent((value / total) * 100)} of all` : '';
    this.figures.show([
      [bytes(total)],
      [bytes(used), part(used)],
      [bytes(cached + buffers), part(cached + buffers)],
      [bytes(free), part(free)],
      [bytes(available), part(available)],
    ]);
    this.use.draw(this.chart, this.context.range());
    this.faults.draw(
      [
        { key: 'faults', label: 'all', colour: '--series-1' },
        { key: 'major', label: 'read from disk', colour: '--series-2' },
      ],
      this.context.range(),
    );
  }

  onRestart(): void {
    this.faultHistory.clear();
  }
}
