// SPDX-License-Identifier: BSD-3-Clause
import { History } from '../data/history.ts';
import type { Rate, Reading } from '../data/reading.ts';
import { bytesPerSecond } from '../data/units.ts';
import { Chart, type Series } from '../view/chart.ts';
import { seriesColour } from '../view/theme.ts';

/** Which metrics tell the two directions of a kind of device, in bytes. */
export interface DeviceKind {
  readonly title: string;
  readonly inward: { readonly metric: string; readonly label: string };
  readonly outward: { readonly metric: string; readonly label: string };
  /** Devices that are left out of the chart and of the sums. */
  readonly aside?: (device: string) => boolean;
}

/** Bytes per second of all devices of a kind, over time. */
export class DeviceTraffic {
  readonly history = new History();
  private devices: string[] = [];
  inward = 0;
  outward = 0;

  constructor(private readonly kind: DeviceKind) {}

  add(reading: Reading): void {
    const values: Record<string, number> = {};
    const sum = (metric: string, direction: string): number =>
      reading
        .rates(metric)
        .filter((rate) => !this.kind.aside?.(deviceOf(rate)))
        .reduce((all, rate) => {
          values[`${deviceOf(rate)}:${direction}`] = rate.perSecond;
          return all + rate.perSecond;
        }, 0);
    this.inward = sum(this.kind.inward.metric, 'in');
    this.outward = sum(this.kind.outward.metric, 'out');
    this.devices = [...new Set(Object.keys(values).map((key) => key.replace(/:\w+$/, '')))];
    if (reading.elapsed > 0) this.history.push(reading.time, values);
  }

  chart(more?: string): Chart {
    return new Chart({
      title: this.kind.title,
      history: this.history,
      format: bytesPerSecond,
      binary: true,
      ...(more ? { more } : {}),
    });
  }

  draw(chart: Chart, range: number): void {
    const several = this.devices.length > 1;
    const name = (device: string, label: string): string => (several ? `${device} ${label}` : label);
    chart.draw(
      this.devices.flatMap((device, i): Series[] => [
        {
          key: `${device}:in`,
          label: name(device, this.kind.inward.label),
          colour: seriesColour(2 * i),
        },
        {
          key: `${device}:out`,
          label: name(device, this.kind.outward.label),
          colour: seriesColour(2 * i + 1),
        },
      ]),
      range,
    );
  }
}

export const deviceOf = (rate: Rate): string => rate.labels['device'] ?? '';

/** Several counters of devices as one row for each device: growth per second and totals. */
export function deviceRows<Name extends string>(
  reading: Reading,
  metrics: Readonly<Record<Name, string>>,
): (Record<Name, Rate> & { device: string })[] {
  const rows = new Map<string, Record<string, Rate>>();
  const names = Object.keys(metrics) as Name[];
  for (const name of names) {
    for (const rate of reading.rates(metrics[name])) {
      const row = rows.get(deviceOf(rate)) ?? {};
      row[name] = rate;
      rows.set(deviceOf(rate), row);
    }
  }
  const nothing: Rate = { labels: {}, perSecond: 0, total: 0 };
  return [...rows].map(([device, row]) => {
    const whole = Object.fromEntries(names.map((name) => [name, row[name] ?? nothing]));
    return { ...(whole as Record<Name, Rate>), device };
  });
}
