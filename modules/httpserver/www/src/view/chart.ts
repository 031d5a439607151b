// SPDX-License-Identifier: BSD-3-Clause
import uPlot from 'uplot';
import { stack, type History } from '../data/history.ts';
import type { Format } from '../data/units.ts';
import { h, setText } from './dom.ts';
import { colour } from './theme.ts';

export interface Series {
  /** Its name in the history. */
  readonly key: string;
  readonly label: string;
  /** A custom property of the style sheet. */
  readonly colour: string;
}

export interface ChartOptions {
  readonly title: string;
  readonly history: History;
  readonly format: Format;
  /** The numbers of the scale, if they are to be shorter than `format` makes them. */
  readonly scale?: Format;
  /** Areas on top of each other, so that the top edge is the sum. */
  readonly stacked?: boolean;
  /** The top of the scale if it is not to follow the values. */
  readonly top?: () => number | undefined;
  /** The scale counts bytes: its steps are powers of two. */
  readonly binary?: boolean;
  readonly small?: boolean;
  /** Where the title leads: the page that says more. */
  readonly more?: string;
}

/** The charts follow one another's cursor. */
const SYNC = 'time';

/** Lines or stacked areas over time, with a legend that has the values as text. */
export class Chart {
  readonly element: HTMLElement;
  private readonly canvas = h('div', { class: 'canvas', role: 'img' });
  private readonly legend = h('ul', { class: 'legend' });
  private values: HTMLElement[] = [];
  private plot: uPlot | undefined;
  private series: readonly Series[] = [];
  private drawn: (number | null)[][] = [];
  private built = '';

  constructor(private readonly options: ChartOptions) {
    this.element = h(
      'figure',
      { class: options.small ? 'chart small' : 'chart' },
      h(
        'figcaption',
        {},
        options.more
          ? h('a', { href: options.more }, options.title)
          : h('span', {}, options.title),
      ),
      this.canvas,
      this.legend,
    );
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  /** Draws the last `range` seconds. */
  draw(series: readonly Series[], range: number): void {
    const width = this.canvas.clientWidth;
    if (width === 0) return;
    this.series = series;
    const [times, ...values] = this.options.history.window(
      range,
      series.map(({ key }) => key),
    );
    this.drawn = values;
    const end = times[times.length - 1] ?? 0;
    // Stacked areas are drawn from the highest down; each covers the lower part of the one before.
    const lines = this.options.stacked ? stack(values).reverse() : values;
    this.build(width);
    this.plot!.setData([times, ...lines], false);
    this.plot!.setScale('x', { min: end - range, max: end });
    this.label();
  }

  private label(): void {
    const at = this.plot?.cursor.idx ?? this.lastIndex();
    this.series.forEach((_, i) => {
      setText(this.values[i]!, this.options.format(this.drawn[i]?.[at]));
    });
    const now = this.series.map(
      ({ label }, i) => `${label} ${this.options.format(this.drawn[i]?.[this.lastIndex()])}`,
    );
    this.canvas.setAttribute('aria-label', `${this.options.title}, chart: ${now.join(', ')}`);
  }

  private lastIndex(): number {
    return (this.drawn[0]?.length ?? 0) - 1;
  }

  /** Makes the plot anew when its series or the colours have changed. */
  private build(width: number): void {
    const form = `${this.series.map(({ key }) => key).join()} ${colour('--text')}`;
    if (this.plot && form === this.built) return;
    this.built = form;
    this.plot?.destroy();
    this.plot = new uPlot(this.plotOptions(width), [[]], this.canvas);
    this.values = this.series.map(() => h('span', { class: 'value' }));
    this.legend.replaceChildren(
      ...this.series.map(({ label, colour: name }, i) => {
        const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' });
        swatch.style.background = `var(${name})`;
        return h('li', {}, swatch, h('span', {}, label), this.values[i]);
      }),
    );
  }

  private plotOptions(width: number): uPlot.Options {
    const { stacked, small, format, scale } = this.options;
    const order = stacked ? [...this.series].reverse() : this.series;
    const axis = {
      stroke: colour('--muted'),
      font: `11px ${colour('--font')}`,
      grid: { stroke: colour('--grid'), width: 1 },
      ticks: { show: false },
    };
    return {
      width,
      height: small ? 110 : 180,
      padding: [8, 24, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: SYNC },
        y: false,
        drag: { x: false, y: false },
        points: { show: !stacked, size: 7 },
      },
      scales: { x: { time: true }, y: { range: (_, __, max) => [0, this.scaleTop(max)] } },
      axes: [
        { ...axis, size: 24, space: 64, values: (_, ticks) => ticks.map(clock) },
        {
          ...axis,
          size: small ? 52 : 66,
          space: small ? 26 : 32,
          values: (_, ticks) => ticks.map(scale ?? format),
          ...(this.options.binary ? { incrs: BINARY_STEPS } : {}),
        },
      ],
      series: [
        {},
        ...order.map((one) => ({
          label: one.label,
          stroke: colour(one.colour),
          width: stacked ? 1 : 1.75,
          points: { show: false },
          ...(stacked ? { fill: colour(one.colour) } : {}),
        })),
      ],
      hooks: { setCursor: [() => this.label()] },
    };
  }

  private scaleTop(max: number | null): number {
    return this.options.top?.() ?? (max !== null && max > 0 ? max * 1.1 : 1);
  }

  private resize(): void {
    const width = this.canvas.clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width) {
      this.plot.setSize({ width, height: this.plot.height });
    }
  }
}

/** Steps of a scale of bytes: powers of two. */
const BINARY_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);

const clock = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
