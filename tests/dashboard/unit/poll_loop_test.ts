// SPDX-License-Identifier: BSD-3-Clause
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuestError } from '../../../modules/httpserver/www/src/guest/client.ts';
import { PollLoop, type LoopState } from '../../../modules/httpserver/www/src/guest/poll_loop.ts';

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits for what a busy machine may do late. */
async function until(done: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !done(); await pause(5)) {
    assert.ok(Date.now() < end, 'it never happened');
  }
}

test('one round at a time; a wish during a round is one more round after it', async () => {
  let running = 0;
  let rounds = 0;
  const loop = new PollLoop(
    async () => {
      assert.equal(++running, 1);
      rounds++;
      await pause(30);
      running--;
    },
    () => {},
    60_000,
  );
  loop.now();
  loop.now();
  loop.now();
  await until(() => rounds === 2 && running === 0);
  await pause(60);
  loop.setPaused(true);
  assert.equal(rounds, 2);
});

test('a slow guest is left alone for as long as it took', async () => {
  const began: number[] = [];
  const loop = new PollLoop(
    async () => {
      began.push(performance.now());
      await pause(100);
    },
    () => {},
    10,
  );
  loop.now();
  await until(() => began.length === 2);
  loop.setPaused(true);
  assert.ok(began[1]! - began[0]! >= 195, `${began[1]! - began[0]!} ms apart`);
});

test('no answer: ever longer waits, the time of the first failure is kept; then live again', async () => {
  const failures: { since: number; wait: number }[] = [];
  let dead = true;
  const loop = new PollLoop(
    async () => {
      if (dead) throw new GuestError('unreachable', 'away');
    },
    (state: LoopState) => {
      if (state.kind !== 'unreachable') return;
      failures.push({ since: state.since, wait: state.nextTry - Date.now() });
    },
    50,
  );
  loop.now();
  await until(() => failures.length === 3);
  failures.forEach(({ wait }, i) => {
    const expected = 50 * 2 ** i;
    assert.ok(wait > expected - 25 && wait <= expected, `wait ${i} is ${wait} ms`);
  });
  assert.equal(new Set(failures.map(({ since }) => since)).size, 1);
  dead = false;
  loop.now();
  await until(() => loop.state.kind === 'live');
  loop.setPaused(true);
});

test('a missing token stops the loop until it is asked to go on', async () => {
  let rounds = 0;
  const loop = new PollLoop(
    async () => {
      rounds++;
      throw new GuestError('token', 'who are you?');
    },
    () => {},
    5,
  );
  loop.now();
  await pause(60);
  assert.equal(rounds, 1);
  assert.equal(loop.state.kind, 'token');
});
