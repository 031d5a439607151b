// SPDX-License-Identifier: BSD-3-Clause
import type { SampledStack } from '../guest/types.ts';
import { isIdle } from './threads.ts';

/** A frame of the flame graph: everything that was sampled in it or in what it called. */
export interface Frame {
  readonly name: string;
  readonly parent: Frame | undefined;
  /** Samples in this frame and all that it called. */
  total: number;
  /** Samples in this frame itself. */
  self: number;
  readonly children: Map<string, Frame>;
}

/**
 * Merges stacks into a tree. Its root stands for all samples.
 * @param byThread whether each thread has a frame of its own below the root
 */
export function frameTree(stacks: readonly SampledStack[], byThread = false): Frame {
  const root = newFrame('all', undefined);
  for (const stack of stacks) {
    const frames = byThread ? [threadLabel(stack), ...stack.frames] : stack.frames;
    let frame = root;
    frame.total += stack.count;
    for (const name of frames) {
      let child = frame.children.get(name);
      if (!child) frame.children.set(name, (child = newFrame(name, frame)));
      child.total += stack.count;
      frame = child;
    }
    frame.self += stack.count;
  }
  return root;
}

function newFrame(name: string, parent: Frame | undefined): Frame {
  return { name, parent, total: 0, self: 0, children: new Map() };
}

export function threadLabel(stack: SampledStack): string {
  return `${stack.thread} (${stack.tid})`;
}

export function isIdleStack(stack: SampledStack): boolean {
  return isIdle(stack.thread);
}

/** Names from the root to a frame. The same place is found in a newer tree by `frameAt`. */
export function pathOf(frame: Frame): string[] {
  const path: string[] = [];
  for (let at: Frame | undefined = frame; at?.parent; at = at.parent) path.unshift(at.name);
  return path;
}

/** The frame at a path, or the deepest one on it that is there. */
export function frameAt(root: Frame, path: readonly string[]): Frame {
  let frame = root;
  for (const name of path) {
    const child = frame.children.get(name);
    if (!child) break;
    frame = child;
  }
  return frame;
}

export interface HotFunction {
  readonly name: string;
  readonly self: number;
  /** Samples with the function anywhere on the stack; recursion counts once. */
  readonly total: number;
}

/** Functions by the samples in themselves, most first. */
export function hotFunctions(root: Frame): HotFunction[] {
  const sums = new Map<string, { self: number; total: number }>();
  const onStack = new Set<string>();
  const visit = (frame: Frame): void => {
    const sum = sums.get(frame.name) ?? { self: 0, total: 0 };
    sums.set(frame.name, sum);
    sum.self += frame.self;
    const outermost = !onStack.has(frame.name);
    if (outermost) {
      sum.total += frame.total;
      onStack.add(frame.name);
    }
    for (const child of frame.children.values()) visit(child);
    if (outermost) onStack.delete(frame.name);
  };
  for (const child of root.children.values()) visit(child);
  return [...sums]
    .map(([name, sum]) => ({ name, ...sum }))
    .sort((a, b) => b.self - a.self || b.total - a.total);
}

/** A frame with its place in the drawing. */
export interface Box {
  readonly frame: Frame;
  /** Parts of the width, 0 to 1. */
  readonly x: number;
  readonly width: number;
  /** Rows below the top one. */
  readonly depth: number;
}

/**
 * Places the frames for a drawing in which `focus` fills the width: it, those above it (which fill
 * the width, too) and all below it that are at least `least` of the width.
 */
export function layout(focus: Frame, least: number): Box[] {
  const boxes: Box[] = [];
  const above: Frame[] = [];
  for (let at = focus.parent; at; at = at.parent) above.unshift(at);
  above.forEach((frame, depth) => boxes.push({ frame, x: 0, width: 1, depth }));
  if (focus.total === 0) return boxes;
  const place = (frame: Frame, x: number, depth: number): void => {
    const width = frame.total / focus.total;
    if (width < least) return;
    boxes.push({ frame, x, width, depth });
    let childX = x;
    for (const child of [...frame.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      place(child, childX, depth + 1);
      childX += child.total / focus.total;
    }
  };
  place(focus, 0, above.length);
  return boxes;
}
