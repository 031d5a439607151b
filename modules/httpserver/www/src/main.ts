// SPDX-License-Identifier: BSD-3-Clause
import { parseMetrics } from './data/prometheus.ts';
import { Reading } from './data/reading.ts';
import { duration } from './data/units.ts';
import { Client, GuestError } from './guest/client.ts';
import { PollLoop, type LoopState } from './guest/poll_loop.ts';
import { CpuPanel, CpuUse } from './panels/cpu.ts';
import { DeviceTraffic } from './panels/devices.ts';
import { DISKS, DisksPanel } from './panels/disks.ts';
import { FlamePanel } from './panels/flame.ts';
import { LogPanel } from './panels/log.ts';
import { MemoryPanel, MemoryUse } from './panels/memory.ts';
import { NETWORK, NetworkPanel } from './panels/network.ts';
import { OverviewPanel } from './panels/overview.ts';
import type { Context, Panel } from './panels/panel.ts';
import { ThreadsPanel } from './panels/threads.ts';
import { TracepointsPanel } from './panels/tracepoints.ts';
import { h } from './view/dom.ts';
import { Header } from './view/header.ts';
import { Navigation } from './view/navigation.ts';
import { Notices } from './view/notices.ts';
import { applyTheme, currentTheme, onSystemTheme } from './view/theme.ts';

/** The page: it owns the loop, and hands what the guest says to the panels. */
class Dashboard {
  private readonly client = new Client(new URL('..', document.baseURI));
  private readonly cpu = new CpuUse();
  private readonly memory = new MemoryUse();
  private readonly network = new DeviceTraffic(NETWORK);
  private readonly disks = new DeviceTraffic(DISKS);
  private readonly panels: readonly Panel[];
  private readonly header: Header;
  private readonly notices: Notices;
  private readonly navigation: Navigation;
  private readonly loop: PollLoop;
  private latest: Reading | undefined;
  private hostname: string | undefined;

  constructor() {
    const context: Context = {
      client: this.client,
      range: () => this.header.range,
      act: (action) => void this.act(action),
    };
    const { cpu, memory, network, disks } = this;
    this.panels = [
      new OverviewPanel(context, { cpu, memory, network, disks }),
      new ThreadsPanel(context),
      new CpuPanel(context, cpu),
      new MemoryPanel(context, memory),
      new NetworkPanel(context, network),
      new DisksPanel(context, disks),
      new TracepointsPanel(context),
      new FlamePanel(context),
      new LogPanel(context),
    ];
    this.header = new Header({
      interval: (milliseconds) => this.loop.setInterval(milliseconds),
      range: () => this.draw(),
      pause: (paused) => this.loop.setPaused(paused),
      theme: () => this.draw(),
    });
    this.loop = new PollLoop(
      () => this.round(),
      (state) => this.onState(state),
      this.header.interval,
    );
    this.notices = new Notices(
      () => this.loop.now(),
      (token) => this.login(token),
    );
    this.navigation = new Navigation(
      this.panels,
      () => {
        this.notices.setTrouble('action', undefined);
        this.draw();
        this.loop.now();
      },
      this.notices.element,
    );
  }

  start(): void {
    applyTheme(currentTheme());
    onSystemTheme(() => this.draw());
    document.body.classList.add('waiting');
    document.body.append(
      h('a', { class: 'skip', href: '#main', onclick: skip }, 'Skip to the content'),
      this.header.element,
      this.navigation.element,
      this.navigation.main,
    );
    document.addEventListener('visibilitychange', () => this.loop.setHidden(document.hidden));
    this.loop.setHidden(document.hidden);
  }

  /** All that is asked in one round: one request after the other, so that the guest has peace. */
  private async round(): Promise<void> {
    const metrics = parseMetrics(await this.client.text('/metrics'));
    document.body.classList.remove('waiting');
    this.take(new Reading(metrics, this.latest?.withoutPast()));
    this.hostname ??= await this.client.json<string>('/os/hostname');
    this.nameGuest();
    let trouble: string | undefined;
    try {
      await this.navigation.current.poll?.();
    } catch (error) {
      if (!isAboutOneRequest(error)) throw error;
      trouble = error.message;
    }
    this.notices.setTrouble('request', trouble);
    this.draw();
  }

  private take(reading: Reading): void {
    if (reading.restarted) {
      reading = reading.withoutPast();
      this.hostname = undefined;
      for (const { history } of [this.cpu, this.memory, this.network, this.disks]) history.clear();
      for (const panel of this.panels) panel.onRestart?.();
    }
    this.latest = reading;
    for (const use of [this.cpu, this.memory, this.network, this.disks]) use.add(reading);
    for (const panel of this.panels) panel.onReading?.(reading);
  }

  private nameGuest(): void {
    const { latest } = this;
    const info = latest?.samples('osprey_info')[0]?.labels;
    const boot = latest?.value('node_boot_time_seconds');
    this.header.setGuest(this.hostname || 'Osprey', [
      ...(info?.['version'] ? [`Osprey ${info['version']}`] : []),
      ...(info?.['hypervisor'] && info['hypervisor'] !== 'Unknown' ? [info['hypervisor']] : []),
      ...(latest && boot !== undefined ? [`up ${duration(latest.time - boot)}`] : []),
    ]);
  }

  private draw(): void {
    this.navigation.current.draw();
  }

  private onState(state: LoopState): void {
    this.header.setState(state);
    this.notices.setState(state);
    document.body.classList.toggle('stale', state.kind === 'unreachable');
  }

  private async login(token: string): Promise<void> {
    await this.client.login(token);
    this.loop.now();
  }

  private async act(action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this.notices.setTrouble('action', undefined);
      this.loop.now();
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      this.notices.setTrouble('action', error.message);
    }
  }
}

/** Troubles that say nothing about the other requests: they are shown, and the rest goes on. */
function isAboutOneRequest(error: unknown): error is GuestError {
  return (
    error instanceof GuestError && error.trouble !== 'unreachable' && error.trouble !== 'token'
  );
}

/** The address names the page, so the link must not change it. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main h2')?.focus();
}

new Dashboard().start();
