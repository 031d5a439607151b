// SPDX-License-Identifier: BSD-3-Clause
import type { GuestThread, ThreadList } from '../guest/types.ts';

/** A thread with what it did per second since the list before. */
export interface ThreadRow {
  readonly thread: GuestThread;
  /** Parts of a hundred of one CPU. */
  readonly cpuPercent: number;
  readonly switches: number;
  readonly preemptions: number;
  readonly migrations: number;
  readonly idle: boolean;
  /** The CPU where it last ran; undefined if it never ran. */
  readonly cpu: number | undefined;
}

/** Per-second values of all threads of `now`; a thread that `before` does not know has zeros. */
export function threadRows(now: ThreadList, before: ThreadList | undefined): ThreadRow[] {
  const seconds = before ? (now.time_ms - before.time_ms) / 1000 : 0;
  const old = new Map((before?.list ?? []).map((thread) => [thread.id, thread]));
  return (now.list ?? []).map((thread) => {
    const past = old.get(thread.id);
    // An identity may be used again: a counter that went back belongs to another thread.
    const known = past && seconds > 0 && thread.cpu_ms >= past.cpu_ms && thread.name === past.name;
    const rate = (field: 'cpu_ms' | 'switches' | 'preemptions' | 'migrations'): number =>
      known ? Math.max(0, thread[field] - past[field]) / seconds : 0;
    return {
      thread,
      cpuPercent: rate('cpu_ms') / 10,
      switches: rate('switches'),
      preemptions: rate('preemptions'),
      migrations: rate('migrations'),
      idle: isIdle(thread.name),
      cpu: thread.cpu < 0 || thread.cpu === 0xffffffff ? undefined : thread.cpu,
    };
  });
}

/** Idle threads are called idle0, idle1…; Linux calls them swapper/0. */
export function isIdle(name: string): boolean {
  return /^(idle\d*$|idle\/|swapper\/)/.test(name);
}
