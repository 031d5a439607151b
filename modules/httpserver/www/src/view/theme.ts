// SPDX-License-Identifier: BSD-3-Clause
import { settings } from './settings.ts';

export type Theme = 'auto' | 'light' | 'dark';

/** The value of a custom property of the style sheet, for what is drawn without it. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A colour for the nth of several things. */
export const seriesColour = (n: number): string => `--series-${(n % 8) + 1}`;

export function currentTheme(): Theme {
  const kept = settings.get('theme', 'auto');
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

export function setTheme(theme: Theme): void {
  settings.set('theme', theme);
  applyTheme(theme);
}

export function applyTheme(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** Calls `changed` when the system goes from light to dark or back. */
export function onSystemTheme(changed: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}
