// SPDX-License-Identifier: BSD-3-Clause
import type { Reading } from '../data/reading.ts';
import { bytes, bytesPerSecond, perSecond, percent } from '../data/units.ts';
import type { Chart } from '../view/chart.ts';
import { h } from '../view/dom.ts';
import { DataTable, numbers, words } from '../view/table.ts';
import { deviceRows, type DeviceKind, type DeviceTraffic } from './devices.ts';
import { filesystemRows, filesystemTable } from './filesystems.ts';
import type { Context, Panel } from './panel.ts';

export const DISKS: DeviceKind = {
  title: 'Disk',
  inward: { metric: 'node_disk_read_bytes_total', label: 'read' },
  outward: { metric: 'node_disk_written_bytes_total', label: 'written' },
};

const METRICS = {
  bytesIn: 'node_disk_read_bytes_total',
  bytesOut: 'node_disk_written_bytes_total',
  reads: 'node_disk_reads_completed_total',
  writes: 'node_disk_writes_completed_total',
  busy: 'node_disk_io_time_seconds_total',
};

type DiskRow = ReturnType<typeof deviceRows<keyof typeof METRICS>>[number];

export class DisksPanel implements Panel {
  readonly id = 'disks';
  readonly title = 'Disks';
  readonly element: HTMLElement;
  private readonly chart: Chart;
  private readonly disks: DataTable<DiskRow>;
  private readonly filesystems = filesystemTable();
  private reading: Reading | undefined;

  constructor(
    private readonly context: Context,
    private readonly traffic: DeviceTraffic,
  ) {
    this.chart = traffic.chart();
    this.disks = new DataTable<DiskRow>({
      caption: 'Traffic of disks',
      empty: 'No disk.',
      key: ({ device }) => device,
      columns: [
        words('device', 'Disk', (row) => row.device),
        numbers('read', 'Read', (row) => row.bytesIn.perSecond, bytesPerSecond),
        numbers('written', 'Written', (row) => row.bytesOut.perSecond, bytesPerSecond),
        numbers('reads', 'Reads', (row) => row.reads.perSecond, perSecond),
        numbers('writes', 'Writes', (row) => row.writes.perSecond, perSecond),
        numbers('busy', 'Busy', ({ busy }) => busy.perSecond * 100, percent, {
          help: 'Part of the time in which at least one request was under way',
          bar: ({ busy }) => busy.perSecond,
        }),
        numbers('all', 'In all', (row) => row.bytesIn.total + row.bytesOut.total, bytes),
      ],
    });
    this.element = h(
      'div',
      {},
      this.chart.element,
      this.disks.element,
      h('h3', {}, 'Filesystems'),
      this.filesystems.element,
    );
  }

  onReading(reading: Reading): void {
    this.reading = reading;
  }

  draw(): void {
    if (!this.reading) return;
    this.traffic.draw(this.chart, this.context.range());
    this.disks.show(deviceRows(this.reading, METRICS));
    this.filesystems.show(filesystemRows(this.reading));
  }
}
