// SPDX-License-Identifier: BSD-3-Clause

type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | boolean | ((event: Event) => void)>>;

/**
 * Makes an element: `h('button', {class: 'quiet', onclick: stop}, 'Stop')`. Attributes that are
 * false are left out; names that begin with "on" are listeners.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

/** Writes a text only where it differs: no needless work for the browser or a screen reader. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

let identities = 0;
export const newId = (name: string): string => `${name}-${++identities}`;

/** A field with its label. */
export function labelled(label: string, field: HTMLElement, className = 'field'): HTMLElement {
  field.id ||= newId('field');
  return h('span', { class: className }, h('label', { for: field.id }, label), field);
}

export function select(
  options: readonly (readonly [value: string, label: string])[],
  chosen: string,
  changed: (value: string) => void,
): HTMLSelectElement {
  const field = h(
    'select',
    { onchange: () => changed(field.value) },
    ...options.map(([value, label]) => h('option', { value, selected: value === chosen }, label)),
  );
  return field;
}

export function checkbox(
  label: string,
  checked: boolean,
  changed: (checked: boolean) => void,
): HTMLElement {
  const box = h('input', { type: 'checkbox', checked, onchange: () => changed(box.checked) });
  return h('label', { class: 'check' }, box, label);
}

/** A field to type a filter into. */
export function searchField(label: string, typed: (text: string) => void): HTMLInputElement {
  const field = h('input', {
    type: 'search',
    placeholder: label,
    'aria-label': label,
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: () => typed(field.value.trim()),
  });
  return field;
}

export function button(label: string, pressed: () => void, className = ''): HTMLButtonElement {
  return h('button', { type: 'button', class: className, onclick: pressed }, label);
}

/** Offers text to be saved as a file. */
export function saveAs(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
