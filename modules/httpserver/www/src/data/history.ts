// SPDX-License-Identifier: BSD-3-Clause

/** Longer than any interval between two scrapes: nobody was looking meanwhile. */
const HOLE_SECONDS = 90;

/** Time series that share their points in time; the oldest points are dropped. */
export class History {
  private times: number[] = [];
  private readonly series = new Map<string, (number | null)[]>();

  /** @param capacity points that are kept at most */
  constructor(private readonly capacity = 1800) {}

  /**
   * Adds one point. A series that is not named gets a hole, and one that appears later has holes
   * before. After a long break there is a hole. Time must not go back: if it does (the guest's clock
   * was set), history starts anew.
   */
  push(time: number, values: Readonly<Record<string, number>>): void {
    const last = this.times[this.times.length - 1];
    if (last !== undefined && time <= last) this.clear();
    else if (last !== undefined && time - last > HOLE_SECONDS) this.append((last + time) / 2, {});
    for (const name of Object.keys(values)) {
      if (!this.series.has(name)) this.series.set(name, this.times.map(() => null));
    }
    this.append(time, values);
  }

  private append(time: number, values: Readonly<Record<string, number>>): void {
    this.times.push(time);
    for (const [name, points] of this.series) points.push(values[name] ?? null);
    if (this.times.length > this.capacity) {
      this.times.shift();
      for (const points of this.series.values()) points.shift();
    }
  }

  clear(): void {
    this.times = [];
    this.series.clear();
  }

  /** The newest `seconds` of some series: the times and, for each name, its values. */
  window(seconds: number, names: readonly string[]): [number[], ...(number | null)[][]] {
    const end = this.times[this.times.length - 1] ?? 0;
    let first = this.times.length;
    while (first > 0 && this.times[first - 1]! >= end - seconds) first--;
    const times = this.times.slice(first);
    const empty = times.map(() => null);
    return [times, ...names.map((name) => this.series.get(name)?.slice(first) ?? empty)];
  }
}

/** Running sums from the first series to the last, as stacked areas are drawn. Holes stay holes. */
export function stack(series: readonly (number | null)[][]): (number | null)[][] {
  const sums: (number | null)[][] = [];
  series.forEach((points, i) => {
    const below = sums[i - 1];
    sums.push(
      points.map((value, at) => {
        if (value === null && (below?.[at] ?? null) === null) return null;
        return (value ?? 0) + (below?.[at] ?? 0);
      }),
    );
  });
  return sums;
}
