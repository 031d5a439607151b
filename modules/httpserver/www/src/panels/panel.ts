// SPDX-License-Identifier: BSD-3-Clause
import type { Reading } from '../data/reading.ts';
import type { Client } from '../guest/client.ts';

/** What the panels share. */
export interface Context {
  readonly client: Client;
  /** Seconds that charts show. */
  readonly range: () => number;
  /** Does something to the guest, then asks it for news; what goes wrong is shown to the user. */
  readonly act: (action: () => Promise<void>) => void;
}

/** One page of the dashboard. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly element: HTMLElement;
  /** A new scrape of /metrics. Comes while other panels are shown, too, so that no history is lost. */
  onReading?(reading: Reading): void;
  /** Asks the guest for what only this panel needs. Once in each round, only while it is shown. */
  poll?(): Promise<void>;
  /** Brings the page up to date. Only while it is shown. */
  draw(): void;
  /** The guest was restarted: what was seen before counts no more. */
  onRestart?(): void;
}
