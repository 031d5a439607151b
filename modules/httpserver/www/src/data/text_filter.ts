// SPDX-License-Identifier: BSD-3-Clause

/**
 * A filter from what the user typed: `/…/` is a regular expression, all else is looked for as it
 * stands, without regard to case. An expression that is not valid finds nothing.
 */
export function textFilter(typed: string): (text: string) => boolean {
  const expression = /^\/(.+)\/$/.exec(typed);
  if (expression) {
    try {
      const pattern = new RegExp(expression[1]!, 'i');
      return (text) => pattern.test(text);
    } catch {
      return () => false;
    }
  }
  const words = typed.toLowerCase();
  return (text) => text.toLowerCase().includes(words);
}
