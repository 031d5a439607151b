// SPDX-License-Identifier: BSD-3-Clause
import { frameAt, layout, pathOf, type Box, type Frame } from '../data/flame_tree.ts';
import { h, setText } from './dom.ts';
import { frameColour } from './flame_colours.ts';
import { colour } from './theme.ts';

const ROW = 18;
/** At most so wide is a letter of any monospaced font at this size. */
const CHARACTER = 7.2;
const SVG = 'http://www.w3.org/2000/svg';

/**
 * A flame graph with the outermost frames on top. A frame is zoomed into by a click or the Enter
 * key; the arrow keys go from frame to frame, and what they reach is told to screen readers.
 */
export class FlameGraph {
  readonly element: HTMLElement;
  private readonly canvas = h('div', { class: 'flames' });
  private readonly words = h('p', { class: 'summary', 'aria-live': 'polite' });
  private svg: SVGSVGElement | undefined;
  private boxes: readonly Box[] = [];
  private root: Frame | undefined;
  private focusPath: string[] = [];
  private chosen: Frame | undefined;
  private matches: ((name: string) => boolean) | undefined;

  constructor() {
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'application');
    this.canvas.setAttribute(
      'aria-label',
      'Flame graph. Arrow keys go from frame to frame, Enter zooms in, Escape zooms out.',
    );
    this.canvas.addEventListener('keydown', (event) => this.onKey(event));
    this.canvas.addEventListener('click', (event) => this.onClick(event));
    this.canvas.addEventListener('pointerover', (event) => this.onPointer(event));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.element = h('div', {}, this.words, this.canvas);
  }

  show(root: Frame): void {
    this.root = root;
    const path = this.chosen ? pathOf(this.chosen) : undefined;
    this.chosen = path ? frameAt(root, path) : undefined;
    this.draw();
  }

  /** Marks the frames whose names match; undefined marks none. */
  search(matches: ((name: string) => boolean) | undefined): void {
    this.matches = matches;
    this.draw();
  }

  zoomOut(): void {
    this.zoom([]);
  }

  get zoomed(): boolean {
    return this.focusPath.length > 0;
  }

  /** The drawing as a file of its own. */
  svgText(): string {
    return this.svg ? `<?xml version="1.0"?>\n${new XMLSerializer().serializeToString(this.svg)}` : '';
  }

  draw(): void {
    const width = this.canvas.clientWidth;
    if (!this.root || width === 0) return;
    const focus = frameAt(this.root, this.focusPath);
    this.focusPath = pathOf(focus);
    this.boxes = layout(focus, 0.5 / width);
    const depth = this.boxes.reduce((most, box) => Math.max(most, box.depth), 0) + 1;
    const svg = node('svg', {
      width,
      height: depth * ROW,
      viewBox: `0 0 ${width} ${depth * ROW}`,
      'font-family': 'ui-monospace, monospace',
      'font-size': 11,
      'aria-hidden': 'true',
    });
    svg.append(
      node('rect', { width: '100%', height: '100%', fill: colour('--surface') }),
      ...this.boxes.map((box, at) => this.boxElement(box, at, width)),
    );
    this.svg = svg as SVGSVGElement;
    this.canvas.replaceChildren(svg);
    this.describe(this.chosen ?? focus);
  }

  private boxElement({ frame, x, width, depth }: Box, at: number, all: number): SVGElement {
    const pixels = width * all;
    const marked = this.matches !== undefined && frame.parent && this.matches(frame.name);
    const group = node('g', { 'data-box': at });
    const title = node('title', {});
    title.textContent = this.description(frame);
    const rect = node('rect', {
      x: (x * all).toFixed(2),
      y: depth * ROW,
      width: Math.max(0.5, pixels - 0.5).toFixed(2),
      height: ROW - 1,
      rx: 2,
      fill: marked ? colour('--mark') : frameColour(frame.name),
      ...(frame === this.chosen ? { stroke: colour('--text'), 'stroke-width': 2 } : {}),
    });
    group.append(title, rect);
    const room = Math.floor((pixels - 6) / CHARACTER);
    if (room >= 3) {
      const name = frame.name.replace(/_\[k\]$/, '');
      const text = node('text', {
        x: (x * all + 4).toFixed(2),
        y: depth * ROW + 12.5,
        fill: '#10161d',
      });
      text.textContent = name.length > room ? `${name.slice(0, room - 1)}…` : name;
      group.append(text);
    }
    return group;
  }

  private description(frame: Frame): string {
    const all = this.root?.total ?? 0;
    const part = all > 0 ? ((frame.total / all) * 100).toFixed(1) : '0.0';
    const own = frame.self > 0 ? `, ${frame.self} in itself` : '';
    return `${frame.name}: ${frame.total} samples, ${part} %${own}`;
  }

  private describe(frame: Frame): void {
    let text = this.root?.total ? this.description(frame) : 'No samples: start the sampler.';
    if (this.matches && this.root) {
      const part = (matchedSamples(this.root, this.matches) / Math.max(1, this.root.total)) * 100;
      text += ` – search matches ${part.toFixed(1)} % of the samples`;
    }
    setText(this.words, text);
  }

  private frameOf(event: Event): Frame | undefined {
    const group = (event.target as Element).closest('[data-box]');
    return group ? this.boxes[Number(group.getAttribute('data-box'))]?.frame : undefined;
  }

  private onPointer(event: Event): void {
    const frame = this.frameOf(event);
    if (frame) this.describe(frame);
  }

  private onClick(event: Event): void {
    const frame = this.frameOf(event);
    if (!frame) return;
    this.chosen = undefined;
    this.zoom(pathOf(frame));
  }

  private zoom(path: string[]): void {
    this.focusPath = path;
    this.draw();
    this.element.dispatchEvent(new Event('zoom'));
  }

  private onKey(event: KeyboardEvent): void {
    if (!this.root) return;
    const at = this.chosen ?? frameAt(this.root, this.focusPath);
    if (event.key === 'Enter') this.zoom(pathOf(at));
    else if (event.key === 'Escape') this.zoomOut();
    else {
      const next = this.neighbour(at, event.key);
      if (next === undefined) return;
      this.chosen = next;
      this.draw();
    }
    event.preventDefault();
  }

  /** Where an arrow key leads; undefined for other keys. */
  private neighbour(frame: Frame, key: string): Frame | undefined {
    const drawn = this.boxes.map((box) => box.frame);
    const siblings = drawn.filter((other) => other.parent === frame.parent);
    const at = siblings.indexOf(frame);
    switch (key) {
      case 'ArrowUp':
        return frame.parent ?? frame;
      case 'ArrowDown':
        return drawn.find((other) => other.parent === frame) ?? frame;
      case 'ArrowLeft':
        return siblings[at - 1] ?? frame;
      case 'ArrowRight':
        return siblings[at + 1] ?? frame;
      default:
        return undefined;
    }
  }
}

/** Samples with a frame that matches anywhere on their stack. */
function matchedSamples(frame: Frame, matches: (name: string) => boolean): number {
  if (frame.parent && matches(frame.name)) return frame.total;
  let sum = 0;
  for (const child of frame.children.values()) sum += matchedSamples(child, matches);
  return sum;
}

function node(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(SVG, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) {

    element.setAttribute(key, String(value));
  }
  return element;
}
