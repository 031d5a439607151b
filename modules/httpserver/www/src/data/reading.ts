// SPDX-License-Identifier: BSD-3-Clause
import type { Metrics, Sample } from './prometheus.ts';

/** The growth of one counter: its labels, growth per second and the total now. */
export interface Rate {
  readonly labels: Readonly<Record<string, string>>;
  readonly perSecond: number;
  readonly total: number;
}

/**
 * One scrape of the guest beside the one before it. Time is the guest's own, so a slow network or a
 * browser that was throttled does not bend a rate.
 */
export class Reading {
  /** Seconds since the epoch on the guest's clock. */
  readonly time: number;
  /** Seconds since the scrape before; 0 for the first one. */
  readonly elapsed: number;

  constructor(
    private readonly metrics: Metrics,
    private readonly before?: Reading,
    clock: number = Date.now() / 1000,
  ) {
    this.time = this.value('node_time_seconds') ?? clock;
    this.elapsed = before ? Math.max(0, this.time - before.time) : 0;
  }

  samples(name: string): readonly Sample[] {
    return this.metrics.get(name) ?? [];
  }

  /** The value of a metric without labels, or of its first sample. */
  value(name: string): number | undefined {
    return this.metrics.get(name)?.[0]?.value;
  }

  /**
   * Rates of all samples of a counter. A sample that is new, or whose counter went back (the thing
   * behind it was replaced), has no rate yet and is given as 0.
   */
  rates(name: string): Rate[] {
    const old = new Map(this.before?.samples(name).map((s) => [labelKey(s.labels), s.value]));
    return this.samples(name).map(({ labels, value }) => ({
      labels,
      perSecond: this.rateOf(old.get(labelKey(labels)), value),
      total: value,
    }));
  }

  /** The sum of the rates of a counter over all its labels. */
  totalRate(name: string): number {
    return this.rates(name).reduce((sum, rate) => sum + rate.perSecond, 0);
  }

  /** True when the guest booted between the two scrapes: nothing before counts any more. */
  get restarted(): boolean {
    const boot = this.value('node_boot_time_seconds');
    const bootBefore = this.before?.value('node_boot_time_seconds');
    // The boot time is computed from two clocks and may wobble by a moment.
    return boot !== undefined && bootBefore !== undefined && boot - bootBefore > 2;
  }

  /** This scrape without the one before it: what the next one is compared with. */
  withoutPast(): Reading {
    return new Reading(this.metrics, undefined, this.time);
  }

  private rateOf(before: number | undefined, now: number): number {
    if (before === undefined || this.elapsed <= 0 || now < before) return 0;
    return (now - before) / this.elapsed;
  }
}

function labelKey(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('\u0000');
}
