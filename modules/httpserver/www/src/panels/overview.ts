// SPDX-License-Identifier: BSD-3-Clause
import type { Reading } from '../data/reading.ts';
import { bytes, bytesPerSecond, count, perSecond, percent } from '../data/units.ts';
import type { Chart } from '../view/chart.ts';
import { h } from '../view/dom.ts';
import { Figures } from '../view/figures.ts';
import { DataTable, numbers, words } from '../view/table.ts';
import type { CpuUse } from './cpu.ts';
import type { DeviceTraffic } from './devices.ts';
import type { MemoryUse } from './memory.ts';
import type { Context, Panel } from './panel.ts';
import { isIdle } from '../data/threads.ts';

export interface Uses {
  readonly cpu: CpuUse;
  readonly memory: MemoryUse;
  readonly network: DeviceTraffic;
  readonly disks: DeviceTraffic;
}

interface BusyThread {
  readonly tid: string;
  readonly name: string;
  readonly cpuPercent: number;
  readonly switches: number;
}

const BUSIEST = 6;

export class OverviewPanel implements Panel {
  readonly id = 'overview';
  readonly title = 'Overview';
  readonly element: HTMLElement;
  private readonly figures = new Figures([
    ['CPU', '#cpu'],
    ['Memory', '#memory'],
    ['Network', '#network'],
    ['Disk', '#disks'],
    ['Context switches', '#cpu'],
    ['Load', '#threads'],
  ]);
  private readonly cpu: Chart;
  private readonly memory: Chart;
  private readonly network: Chart;
  private readonly disks: Chart;
  private readonly busiest: DataTable<BusyThread>;
  private reading: Reading | undefined;

  constructor(
    private readonly context: Context,
    private readonly uses: Uses,
  ) {
    this.cpu = uses.cpu.chart('CPU', { more: '#cpu' });
    this.memory = uses.memory.chart('#memory');
    this.network = uses.network.chart('#network');
    this.disks = uses.disks.chart('#disks');
    this.busiest = new DataTable<BusyThread>({
      caption: 'Busiest threads',
      empty: 'No thread.',
      key: ({ tid, name }) => `${tid} ${name}`,
      sortBy: 'cpu',
      columns: [
        words('name', 'Name', ({ name }) => name),
        numbers('cpu', 'CPU', (row) => row.cpuPercent, percent, {
          bar: (row) => row.cpuPercent / 100,
        }),
        numbers('switches', 'Switches', (row) => row.switches, perSecond),
        numbers('tid', 'Thread', ({ tid }) => Number(tid), String),
      ],
    });
    this.element = h(
      'div',
      {},
      this.figures.element,
      h(
        'div',
        { class: 'grid' },
        this.cpu.element,
        this.memory.element,
        this.network.element,
        this.disks.element,
      ),
      h('h3', {}, h('a', { href: '#threads' }, 'Busiest threads')),
      this.busiest.element,
    );
  }

  onReading(reading: Reading): void {
    this.reading = reading;
  }

  draw(): void {
    const { reading } = this;
    if (!reading) return;
    const { cpu, memory, network, disks } = this.uses;
    const range = this.context.range();
    const rateKnown = reading.elapsed > 0;
    const rate = (format: typeof perSecond, value: number): string =>
      rateKnown ? format(value) : '–';
    this.figures.show([
      [rate(percent, cpu.busy), `of ${cpu.cpus.length} CPU${cpu.cpus.length === 1 ? '' : 's'}`],
      [bytes(memory.used), `of ${bytes(memory.total)}`],
      [
        rate(bytesPerSecond, network.inward + network.outward),
        `${rate(bytesPerSecond, network.inward)} in\n${rate(bytesPerSecond, network.outward)} out`,
      ],
      [
        rate(bytesPerSecond, disks.inward + disks.outward),
        `${rate(bytesPerSecond, disks.inward)} read\n${rate(bytesPerSecond, disks.outward)} written`,
      ],
      [
        rate(perSecond, reading.totalRate('node_context_switches_total')),
        `${rate(perSecond, reading.totalRate('node_intr_total'))} interrupts`,
      ],
      [
        (reading.value('node_load1') ?? 0).toFixed(2),
        `${count(reading.value('node_procs_running'))} running`,
      ],
    ]);
    this.cpu.draw(cpu.series(), range);
    memory.draw(this.memory, range);
    network.draw(this.network, range);
    disks.draw(this.disks, range);
    this.busiest.show(busyThreads(reading));
  }
}

function busyThreads(reading: Reading): BusyThread[] {
  const switches = new Map(
    reading
      .rates('osprey_thread_switches_total')
      .map(({ labels, perSecond: rate }) => [labels['tid'], rate]),
  );
  return reading
    .rates('osprey_thread_cpu_seconds_total')
    .filter(({ labels }) => !isIdle(labels['name'] ?? ''))
    .sort((a, b) => b.perSecond - a.perSecond)
    .slice(0, BUSIEST)
    .map(({ labels, perSecond: rate }) => ({
      tid: labels['tid'] ?? '',
      name: labels['name'] ?? '',
      cpuPercent: rate * 100,
      switches: switches.get(labels['tid']) ?? 0,
    }));
}
