// SPDX-License-Identifier: BSD-3-Clause
import type { Panel } from '../panels/panel.ts';
import { h } from './dom.ts';

/** Shows the panel that the address names (`#threads`), the first one if it names none. */
export class Navigation {
  readonly element: HTMLElement;
  readonly main: HTMLElement;
  current: Panel;
  private readonly links = new Map<Panel, HTMLAnchorElement>();
  private readonly heading = h('h2', { tabindex: '-1' });
  private readonly place = h('div', { class: 'panel' });

  constructor(
    private readonly panels: readonly Panel[],
    private readonly changed: () => void,
    notices: HTMLElement,
  ) {
    this.current = panels[0]!;
    for (const panel of panels) {
      this.links.set(panel, h('a', { href: `#${panel.id}` }, panel.title));
    }
    this.element = h('nav', { 'aria-label': 'Pages' }, ...this.links.values());
    this.main = h('main', { id: 'main' }, notices, this.heading, this.place);
    addEventListener('hashchange', () => {
      this.show();
      this.heading.focus({ preventScroll: true });
      scrollTo(0, 0);
      this.changed();
    });
    this.show();
  }

  private show(): void {
    const id = location.hash.slice(1);
    this.current = this.panels.find((panel) => panel.id === id) ?? this.panels[0]!;
    for (const [panel, link] of this.links) {
      if (panel === this.current) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    // Only the list of links moves, never the page: scrollIntoView would move both.
    const link = this.links.get(this.current)!;
    this.element.scrollLeft = link.offsetLeft - this.element.clientWidth / 2 + link.offsetWidth / 2;
    this.heading.textContent = this.current.title;
    this.place.replaceChildren(this.current.element);
  }
}
