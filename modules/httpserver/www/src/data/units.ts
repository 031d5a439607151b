// SPDX-License-Identifier: BSD-3-Clause
// Numbers as people read them. Every function says "–" for a value that is not there.

export type Format = (value: number | null | undefined) => string;

const NONE = '–';

function scaled(value: number, step: number, units: readonly string[]): string {
  let unit = 0;
  while (Math.abs(value) >= step * 0.9995 && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  const digits = unit === 0 || Math.abs(value) >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)}${units[unit]}`;
}

const present = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

/** Bytes with binary prefixes: 1536 → "1.5 KiB". */
export const bytes: Format = (value) =>
  present(value) ? scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB']) : NONE;

export const bytesPerSecond: Format = (value) => (present(value) ? `${bytes(value)}/s` : NONE);

/** A count or a rate with decimal prefixes: 12345 → "12.3 k". Small ones keep one digit. */
export const count: Format = (value) => {
  if (!present(value)) return NONE;
  if (Math.abs(value) < 100 && !Number.isInteger(value)) return value.toFixed(1);
  return scaled(value, 1000, ['', ' k', ' M', ' G', ' T']);
};

export const perSecond: Format = (value) => (present(value) ? `${count(value)}/s` : NONE);

/** Parts of a hundred: 12.34 → "12.3 %". */
export const percent: Format = (value) => (present(value) ? `${value.toFixed(1)} %` : NONE);

/** Parts of a hundred without digits behind the point: 12.34 → "12 %". */
export const wholePercent: Format = (value) => (present(value) ? `${value.toFixed(0)} %` : NONE);

/** A whole number with thin spaces between groups of three digits. */
export const integer: Format = (value) =>
  present(value) ? Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, '\u2009') : NONE;

/** A span of seconds in its two largest units: 93784 → "1 d 2 h". */
export const duration: Format = (value) => {
  if (!present(value)) return NONE;
  if (value < 10) return `${value.toFixed(2)} s`;
  const parts: [number, string][] = [
    [Math.floor(value / 86400), 'd'],
    [Math.floor(value / 3600) % 24, 'h'],
    [Math.floor(value / 60) % 60, 'min'],
    [Math.floor(value) % 60, 's'],
  ];
  const first = Math.min(
    parts.findIndex(([n]) => n > 0),
    parts.length - 1,
  );
  return parts
    .slice(first, first + 2)
    .filter(([n], i) => i === 0 || n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(' ');
};
