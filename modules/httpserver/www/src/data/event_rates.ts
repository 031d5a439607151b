// SPDX-License-Identifier: BSD-3-Clause
import type { CountList } from '../guest/types.ts';

export interface EventRate {
  readonly name: string;
  readonly perSecond: number;
  readonly total: number;
}

/** Events per second between two answers of /trace/count. */
export function eventRates(now: CountList, before: CountList | undefined): EventRate[] {
  const seconds = before ? (now.time_ms - before.time_ms) / 1000 : 0;
  const old = new Map((before?.list ?? []).map(({ name, count }) => [name, count]));
  return (now.list ?? []).map(({ name, count }) => {
    const past = old.get(name);
    const grew = past !== undefined && seconds > 0 && count >= past;
    return { name, perSecond: grew ? (count - past) / seconds : 0, total: count };
  });
}
