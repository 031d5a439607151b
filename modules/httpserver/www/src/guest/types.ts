// SPDX-License-Identifier: BSD-3-Clause
// Answers of the REST API. A list without members may be left out of an answer.

export interface GuestThread {
  readonly id: number;
  readonly cpu: number;
  readonly cpu_ms: number;
  readonly switches: number;
  readonly migrations: number;
  readonly preemptions: number;
  readonly priority: number;
  readonly stack_size: number;
  readonly status: string;
  readonly name: string;
  /** Its process; only Osprey's own server tells it. */
  readonly pid?: number;
}

export interface ThreadList {
  readonly list?: readonly GuestThread[];
  readonly time_ms: number;
}

export interface TraceEvent {
  readonly name: string;
  readonly id: string;
  readonly enabled: boolean;
  readonly backtrace: boolean;
}

export interface CountList {
  readonly list?: readonly { readonly name: string; readonly count: number }[];
  readonly time_ms: number;
}

export interface SampledStack {
  readonly count: number;
  readonly pid: number;
  readonly tid: number;
  readonly thread: string;
  /** From the outermost to the innermost. */
  readonly frames: readonly string[];
}

export interface StackList {
  readonly time_ms: number;
  readonly stacks?: readonly SampledStack[];
}

export interface NetworkInterface {
  readonly config: {
    readonly name: string;
    readonly addr: string;
    readonly mask: string;
    readonly flags: string;
    readonly mtu: string;
    readonly phys_addr: string;
  };
}

export interface Route {
  readonly destination: string;
  readonly gateway: string;
  readonly flags: string;
  readonly netif: string;
  readonly ipv6: boolean;
}
