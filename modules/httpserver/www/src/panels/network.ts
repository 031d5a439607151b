// SPDX-License-Identifier: BSD-3-Clause
import type { Reading } from '../data/reading.ts';
import { bytes, bytesPerSecond, integer, perSecond } from '../data/units.ts';
import type { NetworkInterface, Route } from '../guest/types.ts';
import type { Chart } from '../view/chart.ts';
import { h } from '../view/dom.ts';
import { DataTable, numbers, words } from '../view/table.ts';
import { deviceRows, type DeviceKind, type DeviceTraffic } from './devices.ts';
import type { Context, Panel } from './panel.ts';

export const NETWORK: DeviceKind = {
  title: 'Network',
  inward: { metric: 'node_network_receive_bytes_total', label: 'received' },
  outward: { metric: 'node_network_transmit_bytes_total', label: 'sent' },
  aside: (device) => /^lo\d*$/.test(device),
};

const METRICS = {
  bytesIn: 'node_network_receive_bytes_total',
  bytesOut: 'node_network_transmit_bytes_total',
  packetsIn: 'node_network_receive_packets_total',
  packetsOut: 'node_network_transmit_packets_total',
  errorsIn: 'node_network_receive_errs_total',
  errorsOut: 'node_network_transmit_errs_total',
  dropsIn: 'node_network_receive_drop_total',
  dropsOut: 'node_network_transmit_drop_total',
};

type Row = ReturnType<typeof deviceRows<keyof typeof METRICS>>[number];

/** Addresses change seldom: they are asked for in every tenth round. */
const ROUNDS = 10;

export class NetworkPanel implements Panel {
  readonly id = 'network';
  readonly title = 'Network';
  readonly element: HTMLElement;
  private readonly chart: Chart;
  private readonly devices: DataTable<Row>;
  private readonly interfaces: DataTable<NetworkInterface>;
  private readonly routes: DataTable<Route>;
  private rows: Row[] = [];
  private rounds = 0;

  constructor(
    private readonly context: Context,
    private readonly traffic: DeviceTraffic,
  ) {
    this.chart = traffic.chart();
    this.devices = new DataTable<Row>({
      caption: 'Traffic of network devices',
      empty: 'No network device.',
      key: ({ device }) => device,
      columns: [
        words('device', 'Device', (row) => row.device),
        numbers('in', 'Received', (row) => row.bytesIn.perSecond, bytesPerSecond),
        numbers('out', 'Sent', (row) => row.bytesOut.perSecond, bytesPerSecond),
        numbers('packetsIn', 'Packets in', (row) => row.packetsIn.perSecond, perSecond),
        numbers('packetsOut', 'Packets out', (row) => row.packetsOut.perSecond, perSecond),
        numbers('errors', 'Errors', (row) => row.errorsIn.total + row.errorsOut.total, integer),
        numbers('drops', 'Dropped', (row) => row.dropsIn.total + row.dropsOut.total, integer),
        numbers('allIn', 'Received in all', (row) => row.bytesIn.total, bytes),
        numbers('allOut', 'Sent in all', (row) => row.bytesOut.total, bytes),
      ],
    });
    this.interfaces = new DataTable<NetworkInterface>({
      caption: 'Addresses',
      empty: 'No addresses.',
      key: ({ config }) => `${config.name} ${config.addr}`,
      columns: [
        words('name', 'Interface', ({ config }) => config.name),
        words('address', 'Address', ({ config }) => config.addr),
        words('mask', 'Mask', ({ config }) => config.mask),
        words('hardware', 'Hardware', ({ config }) => config.phys_addr || '–'),
        words('mtu', 'MTU', ({ config }) => config.mtu),
        words('flags', 'Flags', ({ config }) => flagNames(config.flags)),
      ],
    });
    this.routes = new DataTable<Route>({
      caption: 'Routes',
      empty: 'No routes.',
      key: (route) => `${route.destination} ${route.gateway} ${route.netif}`,
      columns: [
        words('destination', 'Destination', (route) => route.destination),
        words('gateway', 'Gateway', (route) => route.gateway || '–'),
        words('interface', 'Interface', (route) => route.netif),
        words('flags', 'Flags', (route) => route.flags.trim()),
      ],
    });
    this.element = h(
      'div',
      {},
      this.chart.element,
      this.devices.element,
      h('h3', {}, 'Addresses'),
      this.interfaces.element,
      h('h3', {}, 'Routes'),
      this.routes.element,
    );
  }

  onReading(reading: Reading): void {
    this.rows = deviceRows(reading, METRICS);
  }

  async poll(): Promise<void> {
    if (this.rounds++ % ROUNDS !== 0) return;
    const { client } = this.context;
    this.interfaces.show(await client.json<NetworkInterface[]>('/network/ifconfig/'));
    this.routes.show(await client.json<Route[]>('/network/route/'));
  }

  draw(): void {
    this.traffic.draw(this.chart, this.context.range());
    this.devices.show(this.rows);
  }

  onRestart(): void {
    this.rounds = 0;
  }
}

/** "8843<UP,BROADCAST>" → "UP, BROADCAST" */
const flagNames = (flags: string): string =>
  /<(.*)>/.exec(flags)?.[1]?.replaceAll(',', ', ') ?? flags;
