// SPDX-License-Identifier: BSD-3-Clause
import { GuestError } from './client.ts';

export type LoopState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'token' }
  | {
      readonly kind: 'unreachable';
      readonly why: string;
      /** Milliseconds since the epoch, both. */
      readonly since: number;
      readonly nextTry: number;
    };

const LONGEST_WAIT_MS = 30_000;

/**
 * The only loop that asks the guest for anything. One round at a time, never more than half of the
 * time busy with it, none while the page is hidden, and ever rarer while the guest does not answer.
 */
export class PollLoop {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = false;
  private again = false;
  private paused = false;
  private hidden = false;
  private failures = 0;
  private since = 0;
  private state_: LoopState = { kind: 'connecting' };

  /**
   * @param round asks the guest for all that is wanted now
   * @param changed is told each new state
   */
  constructor(
    private readonly round: () => Promise<void>,
    private readonly changed: (state: LoopState) => void,
    private interval: number,
  ) {}

  get state(): LoopState {
    return this.state_;
  }

  /** Milliseconds from one round to the next. */
  setInterval(interval: number): void {
    this.interval = interval;
    this.now();
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    if (paused) {
      clearTimeout(this.timer);
      this.enter({ kind: 'paused' });
    } else {
      this.enter({ kind: 'connecting' });
      this.now();
    }
  }

  setHidden(hidden: boolean): void {
    this.hidden = hidden;
    if (hidden) clearTimeout(this.timer);
    else this.now();
  }

  /** Starts a round at once, or right after the one under way. */
  now(): void {
    clearTimeout(this.timer);
    if (this.running) this.again = true;
    else if (!this.paused && !this.hidden) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    const began = performance.now();
    try {
      await this.round();
      this.failures = 0;
      if (!this.paused) this.enter({ kind: 'live' });
      const took = performance.now() - began;
      this.schedule(Math.max(this.interval - took, took));
    } catch (error) {
      this.failed(error);
    } finally {
      this.running = false;
    }
    if (this.again) {
      this.again = false;
      this.now();
    }
  }

  private failed(error: unknown): void {
    if (error instanceof GuestError && error.trouble === 'token') {
      // Nothing more until the user has given one: `now` is called then.
      this.enter({ kind: 'token' });
      return;
    }
    if (!(error instanceof GuestError)) console.error(error);
    const why = (error as Error).message;
    const now = Date.now();
    if (this.failures++ === 0) this.since = now;
    const wait = Math.min(this.interval * 2 ** Math.min(this.failures - 1, 5), LONGEST_WAIT_MS);
    if (!this.paused) {
      this.enter({ kind: 'unreachable', why, since: this.since, nextTry: now + wait });
    }
    this.schedule(wait);
  }

  private schedule(wait: number): void {
    clearTimeout(this.timer);
    if (this.paused || this.hidden) return;
    this.timer = setTimeout(() => this.now(), wait);
  }

  private enter(state: LoopState): void {
    this.state_ = state;
    this.changed(state);
  }
}
