// SPDX-License-Identifier: BSD-3-Clause
import type { LoopState } from '../guest/poll_loop.ts';
import { h, select, setText } from './dom.ts';
import { settings } from './settings.ts';
import { currentTheme, setTheme, type Theme } from './theme.ts';

const INTERVALS = [
  ['1000', 'every 1 s'],
  ['2000', 'every 2 s'],
  ['5000', 'every 5 s'],
  ['10000', 'every 10 s'],
  ['30000', 'every 30 s'],
] as const;
const RANGES = [
  ['60', 'last 1 min'],
  ['300', 'last 5 min'],
  ['900', 'last 15 min'],
  ['3600', 'last 1 h'],
] as const;

export interface HeaderActions {
  readonly interval: (milliseconds: number) => void;
  readonly range: () => void;
  readonly pause: (paused: boolean) => void;
  readonly theme: () => void;
}

/** The bar on top: which guest this is, whether it answers, and how the page asks it. */
export class Header {
  readonly element: HTMLElement;
  interval: number;
  range: number;
  private readonly guest = h('span', { class: 'guest' }, 'Osprey');
  private readonly facts = h('span', { class: 'facts' });
  private readonly state = h('span', { class: 'state', role: 'status' }, 'Connecting');
  private readonly pause: HTMLButtonElement;
  private paused = false;

  constructor(private readonly actions: HeaderActions) {
    const interval = kept('interval', INTERVALS, '2000');
    const range = kept('range', RANGES, '300');
    this.interval = Number(interval);
    this.range = Number(range);
    this.pause = h('button', { type: 'button', onclick: () => this.togglePause() }, 'Pause');
    this.element = h(
      'header',
      {},
      h(
        'div',
        { class: 'title' },
        h('img', { src: 'osprey.svg', alt: '', width: '28', height: '28' }),
        h('h1', {}, this.guest),
        this.facts,
      ),
      h('div', { class: 'controls' }, this.state, this.pause),
      h(
        'div',
        { class: 'controls' },
        named('Ask the guest', select(INTERVALS, interval, (v) => this.choose('interval', v))),
        named('Time that charts show', select(RANGES, range, (v) => this.choose('range', v))),
        named('Colours', this.themeField()),
      ),
    );
  }

  /** @param facts short words about the guest: version, hypervisor, how long it has been up */
  setGuest(name: string, facts: readonly string[]): void {
    setText(this.guest, name);
    setText(this.facts, facts.join(' · '));
    document.title = `${name} – Osprey`;
  }

  setState(state: LoopState): void {
    this.state.dataset['kind'] = state.kind;
    setText(this.state, STATE_WORDS[state.kind]);
  }

  private togglePause(): void {
    this.paused = !this.paused;
    setText(this.pause, this.paused ? 'Go on' : 'Pause');
    this.actions.pause(this.paused);
  }

  private choose(name: 'interval' | 'range', value: string): void {
    settings.set(name, value);
    this[name] = Number(value);
    if (name === 'interval') this.actions.interval(this.interval);
    else this.actions.range();
  }

  private themeField(): HTMLSelectElement {
    const themes = [
      ['auto', 'system theme'],
      ['light', 'light theme'],
      ['dark', 'dark theme'],
    ] as const;
    return select(themes, currentTheme(), (theme) => {
      setTheme(theme as Theme);
      this.actions.theme();
    });
  }
}

const STATE_WORDS: Record<LoopState['kind'], string> = {
  connecting: 'Connecting',
  live: 'Live',
  paused: 'Paused',
  token: 'Token needed',
  unreachable: 'No answer',
};

/** The choices say what they are about; only screen readers need the name. */
function named(name: string, field: HTMLSelectElement): HTMLSelectElement {
  field.setAttribute('aria-label', name);
  return field;
}

function kept(name: string, options: readonly (readonly [string, string])[], otherwise: string): string {
  const value = settings.get(name, otherwise);
  return options.some(([known]) => known === value) ? value : otherwise;
}
