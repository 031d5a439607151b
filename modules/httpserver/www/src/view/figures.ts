// SPDX-License-Identifier: BSD-3-Clause
import { h, setText } from './dom.ts';

/** What one figure shows: the value, and a few words below it. */
export type Figure = readonly [value: string, note?: string];

/** A row of large figures with their names. */
export class Figures {
  readonly element = h('dl', { class: 'figures' });
  private readonly values: HTMLElement[] = [];
  private readonly notes: HTMLElement[] = [];

  /** @param names the names, each with the page that says more if there is one */
  constructor(names: readonly (string | readonly [name: string, page: string])[]) {
    for (const name of names) {
      const value = h('dd', { class: 'value' }, '–');
      const note = h('dd', { class: 'note' });
      const title = typeof name === 'string' ? name : h('a', { href: name[1] }, name[0]);
      this.element.append(h('div', { class: 'figure' }, h('dt', {}, title), value, note));
      this.values.push(value);
      this.notes.push(note);
    }
  }

  show(figures: readonly Figure[]): void {
    figures.forEach(([value, note = ''], i) => {
      setText(this.values[i]!, value);
      setText(this.notes[i]!, note);
    });
  }
}
