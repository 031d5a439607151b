// SPDX-License-Identifier: BSD-3-Clause

/** What the user chose, kept by the browser. Without its storage (private windows) nothing is kept. */
export const settings = {
  get(name: string, otherwise: string): string {
    try {
      return localStorage.getItem(`osprey.${name}`) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name: string, value: string): void {
    try {
      localStorage.setItem(`osprey.${name}`, value);
    } catch {
      // The choice holds until the page is closed.
    }
  },
};
