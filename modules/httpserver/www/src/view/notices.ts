// SPDX-License-Identifier: BSD-3-Clause
import type { LoopState } from '../guest/poll_loop.ts';
import { button, h, setText } from './dom.ts';

/** What the user must know before reading on: no answer, a token is needed, something was refused. */
export class Notices {
  readonly element: HTMLElement;
  private readonly connection = h('div', { class: 'notice error', role: 'alert' });
  private readonly message = h('p');
  private readonly countdown = h('span', { 'aria-hidden': 'true' });
  private readonly troubles = {
    request: h('div', { class: 'notice warning', role: 'alert' }),
    action: h('div', { class: 'notice warning', role: 'alert' }),
  };
  private readonly login: HTMLFormElement;
  private readonly token: HTMLInputElement;
  private readonly loginError = h('p', { class: 'error', role: 'alert' });
  private timer: ReturnType<typeof setInterval> | undefined;

  /**
   * @param retry asks the guest again at once
   * @param login shows a token to the guest; its promise fails if the guest does not accept it
   */
  constructor(retry: () => void, login: (token: string) => Promise<void>) {
    this.token = h('input', {
      type: 'password',
      id: 'token',
      autocomplete: 'current-password',
      required: true,
    });
    this.login = h(
      'form',
      { class: 'notice login', onsubmit: (event) => this.submit(event, login) },
      h('h2', {}, 'This guest asks for a token'),
      h('p', {}, 'It is in the file that --token-file named when the server was started.'),
      h('label', { for: 'token' }, 'Token'),
      this.token,
      h('button', { type: 'submit', class: 'primary' }, 'Sign in'),
      this.loginError,
    );
    this.connection.append(this.message, this.countdown, button('Try now', retry));
    const { request, action } = this.troubles;
    this.element = h('div', { class: 'notices' }, this.connection, this.login, request, action);
    for (const notice of [this.connection, this.login, request, action]) notice.hidden = true;
  }

  setState(state: LoopState): void {
    clearInterval(this.timer);
    this.connection.hidden = state.kind !== 'unreachable';
    this.login.hidden = state.kind !== 'token';
    if (state.kind === 'token' && document.activeElement !== this.token) this.token.focus();
    if (state.kind !== 'unreachable') return;
    const since = new Date(state.since).toLocaleTimeString('en-GB');
    setText(this.message, `${state.why} No news since ${since}: what you see is older.`);
    const tick = (): void => {
      const seconds = Math.max(0, Math.ceil((state.nextTry - Date.now()) / 1000));
      setText(this.countdown, seconds > 0 ? `Next try in ${seconds} s` : 'Trying');
    };
    tick();
    this.timer = setInterval(tick, 1000);
  }

  /**
   * Shows what went wrong with what the page asked for by itself or with what the user did;
   * undefined when all is well.
   */
  setTrouble(of: 'request' | 'action', text: string | undefined): void {
    this.troubles[of].hidden = text === undefined;
    setText(this.troubles[of], text ?? '');
  }

  private submit(event: Event, login: (token: string) => Promise<void>): void {
    event.preventDefault();
    setText(this.loginError, '');
    login(this.token.value).then(
      () => (this.token.value = ''),
      (error: unknown) => setText(this.loginError, (error as Error).message),
    );
  }
}
