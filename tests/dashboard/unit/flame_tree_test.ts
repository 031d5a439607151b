// SPDX-License-Identifier: BSD-3-Clause
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  frameAt, frameTree, hotFunctions, layout, pathOf,
} from '../../../modules/httpserver/www/src/data/flame_tree.ts';

const sampled = (count: number, tid: number, ...frames: string[]) => ({
  count, pid: 1, tid, thread: `t${tid}`, frames,
});

const STACKS = [
  sampled(6, 1, 'main', 'work', 'read'),
  sampled(3, 1, 'main', 'work'),
  sampled(1, 2, 'main', 'wait'),
];

test('stacks with the same beginning share frames', () => {
  const root = frameTree(STACKS);
  assert.equal(root.total, 10);
  const work = frameAt(root, ['main', 'work']);
  assert.deepEqual([work.total, work.self, work.children.size], [9, 3, 1]);
  assert.deepEqual(pathOf(work), ['main', 'work']);
  assert.equal(frameAt(root, ['main', 'gone', 'deeper']).name, 'main', 'the deepest that is there');
});

test('one branch for each thread', () => {
  const root = frameTree(STACKS, true);
  assert.deepEqual([...root.children.keys()], ['t1 (1)', 't2 (2)']);
  assert.equal(frameAt(root, ['t1 (1)', 'main']).total, 9);
});

test('hottest functions: recursion counts once in the total', () => {
  const root = frameTree([sampled(4, 1, 'f', 'g', 'f'), sampled(2, 1, 'g')]);
  assert.deepEqual(hotFunctions(root), [
    { name: 'f', self: 4, total: 4 },
    { name: 'g', self: 2, total: 6 },
  ]);
});

test('layout: shares of the width, by name; what is too narrow is left out', () => {
  const boxes = layout(frameTree(STACKS), 0.2);
  assert.deepEqual(
    boxes.map(({ frame, x, width, depth }) => [frame.name, x, width, depth]),
    [['all', 0, 1, 0], ['main', 0, 1, 1], ['work', 0.1, 0.9, 2], ['read', 0.1, 0.6, 3]],
  );
});

test('layout of a zoom: it and all above fill the width', () => {
  const root = frameTree(STACKS);
  const boxes = layout(frameAt(root, ['main', 'work']), 0);
  assert.deepEqual(
    boxes.map(({ frame, x, width, depth }) => [frame.name, x, Number(width.toFixed(3)), depth]),
    [['all', 0, 1, 0], ['main', 0, 1, 1], ['work', 0, 1, 2], ['read', 0, 0.667, 3]],
  );
});

test('no samples: nothing to draw', () => {
  assert.deepEqual(layout(frameTree([]), 0), []);
  assert.deepEqual(hotFunctions(frameTree([])), []);
});
