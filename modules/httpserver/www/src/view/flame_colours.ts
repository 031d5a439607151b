// SPDX-License-Identifier: BSD-3-Clause

/**
 * The colour of a frame: warm for the kernel's, cool for the program's, and always the same for the
 * same name. Light enough for dark letters in both themes.
 */
export function frameColour(name: string): string {
  const shade = hash(name);
  const kernel = name.endsWith('_[k]');
  const hue = kernel ? 18 + shade * 30 : 175 + shade * 45;
  return `hsl(${hue.toFixed(0)} ${kernel ? 82 : 52}% ${(66 + shade * 10).toFixed(0)}%)`;
}

/** A number from 0 to 1 that depends on all letters of the name. */
function hash(name: string): number {
  let sum = 2166136261;
  for (let i = 0; i < name.length; i++) sum = Math.imul(sum ^ name.charCodeAt(i), 16777619);
  return ((sum >>> 8) & 0xffff) / 0xffff;
}
