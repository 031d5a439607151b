// SPDX-License-Identifier: BSD-3-Clause
import type { Format } from '../data/units.ts';
import { h, setText } from './dom.ts';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** What the column means, for those who point at its title. */
  readonly help?: string;
  readonly text: (row: Row) => string;
  /** What the rows are sorted by; a column without it cannot be sorted. */
  readonly order?: (row: Row) => number | string;
  /** A bar behind the text, 0 to 1. */
  readonly bar?: (row: Row) => number;
  /** Numbers stand at the right and are sorted from the largest. */
  readonly numeric?: boolean;
  /** Something to press in place of text; made once for each row. */
  readonly control?: (row: Row) => HTMLElement;
}

export interface TableOptions<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly key: (row: Row) => string;
  readonly sortBy?: string;
  /** Said in place of rows. */
  readonly empty: string;
}

interface Line {
  readonly row: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
}

/** A table whose columns sort it; rows keep their elements, so a selection survives new values. */
export class DataTable<Row> {
  readonly element: HTMLElement;
  private readonly body = h('tbody');
  private readonly headers = new Map<string, HTMLTableCellElement>();
  private readonly none: HTMLElement;
  private lines = new Map<string, Line>();
  private rows: readonly Row[] = [];
  private sortBy: string | undefined;
  private descending = true;

  constructor(private readonly options: TableOptions<Row>) {
    this.none = h('p', { class: 'empty' }, options.empty);
    const table = h(
      'table',
      {},
      h('caption', { class: 'visually-hidden' }, options.caption),
      h('thead', {}, h('tr', {}, ...options.columns.map((column) => this.header(column)))),
      this.body,
    );
    this.element = h(
      'div',
      { class: 'table', role: 'region', 'aria-label': options.caption, tabindex: '0' },
      table,
      this.none,
    );
    this.sortBy = options.sortBy;
    this.descending = this.column(options.sortBy)?.numeric ?? false;
    this.markHeaders();
  }

  show(rows: readonly Row[]): void {
    this.rows = rows;
    const sorted = this.sorted();
    const lines = new Map<string, Line>();
    sorted.forEach((row, at) => {
      const key = this.options.key(row);
      const line = this.lines.get(key) ?? this.newLine(row);
      lines.set(key, line);
      this.fill(line, row);
      const there = this.body.children[at];
      if (there !== line.row) this.body.insertBefore(line.row, there ?? null);
    });
    while (this.body.children.length > sorted.length) this.body.lastElementChild!.remove();
    this.lines = lines;
    this.none.hidden = sorted.length > 0;
  }

  private header(column: Column<Row>): HTMLElement {
    const cell = h('th', {
      scope: 'col',
      class: column.numeric ? 'numeric' : '',
      ...(column.help ? { title: column.help } : {}),
    });
    if (column.order) {
      cell.append(
        h('button', { type: 'button', onclick: () => this.sort(column.id) }, column.title),
      );
    } else {
      cell.append(column.title);
    }
    this.headers.set(column.id, cell);
    return cell;
  }

  private sort(id: string): void {
    this.descending = this.sortBy === id ? !this.descending : (this.column(id)?.numeric ?? false);
    this.sortBy = id;
    this.markHeaders();
    this.show(this.rows);
  }

  private markHeaders(): void {
    for (const [id, cell] of this.headers) {
      if (id === this.sortBy) {
        cell.setAttribute('aria-sort', this.descending ? 'descending' : 'ascending');
      } else {
        cell.removeAttribute('aria-sort');
      }
    }
  }

  private sorted(): Row[] {
    const order = this.column(this.sortBy)?.order;
    if (!order) return [...this.rows];
    const sign = this.descending ? -1 : 1;
    // Sorting is stable: equal rows keep the order in which the guest gave them.
    return [...this.rows].sort((left, right) => {
      const a = order(left);
      const b = order(right);
      if (typeof a === 'string' && typeof b === 'string') return sign * a.localeCompare(b);
      return sign * (Number(a) - Number(b));
    });
  }

  private column(id: string | undefined): Column<Row> | undefined {
    return this.options.columns.find((column) => column.id === id);
  }

  private newLine(row: Row): Line {
    const cells = this.options.columns.map((column, at) => {
      const cell = at === 0 ? h('th', { scope: 'row' }) : h('td');
      if (column.numeric) cell.classList.add('numeric');
      if (column.bar) cell.classList.add('bar');
      if (column.control) cell.append(column.control(row));
      return cell;
    });
    return { row: h('tr', {}, ...cells), cells };
  }

  private fill(line: Line, row: Row): void {
    this.options.columns.forEach((column, at) => {
      const cell = line.cells[at]!;
      if (!column.control) setText(cell, column.text(row));
      if (column.bar) {
        const part = Math.min(1, Math.max(0, column.bar(row)));
        cell.style.setProperty('--part', `${(part * 100).toFixed(1)}%`);
      }
    });
  }
}

/** A column of text that sorts by it. */
export function words<Row>(id: string, title: string, text: (row: Row) => string): Column<Row> {
  return { id, title, text, order: text };
}

/** A column of numbers. */
export function numbers<Row>(
  id: string,
  title: string,
  value: (row: Row) => number,
  format: Format,
  more: Partial<Column<Row>> = {},
): Column<Row> {
  return { id, title, numeric: true, text: (row) => format(value(row)), order: value, ...more };
}
