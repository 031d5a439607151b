// SPDX-License-Identifier: BSD-3-Clause
// What the dashboard does when a guest is away, restarts, wants a token, refuses; how it asks.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { PAGES, PHONE, figures, overflow, press, textOf, until, visit } from './browser.mjs';
import { guest, open, pause, rounds, shots } from './stage.mjs';

test('a guest that does not answer: said at once, asked ever more seldom, seen when it is back', async () => {
  const { page } = await open({ hash: '#memory' });
  await rounds(page, 2);
  guest.down = true;
  await until(page, () => document.querySelector('.state').textContent === 'No answer');
  assert.match(await textOf(page, '.notice.error p'), /^The guest does not answer\. No news since/);
  assert.equal((await figures(page)).Total[0], '512 MiB', 'what was seen stays');
  await page.screenshot({ path: join(shots, 'unreachable.png') });
  guest.down = false;
  await press(page, 'Try now');
  await until(page, () => document.querySelector('.state').textContent === 'Live');
  assert.equal(await page.$eval('.notice.error', (notice) => notice.hidden), true);
});

test('a guest that was restarted begins with new rates', async () => {
  const { page, troubles } = await open();
  await rounds(page, 3);
  guest.reboot();
  await rounds(page, 1);
  assert.equal((await figures(page)).CPU[0], '–', 'no rate across the restart');
  await rounds(page, 1);
  assert.equal((await figures(page)).CPU[0], '42.5 %');
  assert.match(await textOf(page, '.facts'), /up 1\d s$/);
  assert.deepEqual(troubles, []);
});

test('a guest that asks for a token: wrong one refused, right one opens', async () => {
  guest.token = 'secret';
  const { page } = await open();
  await until(page, () => document.querySelector('.login')?.hidden === false);
  assert.equal(await textOf(page, '.state'), 'Token needed');
  await page.type('#token', 'wrong');
  await press(page, 'Sign in');
  assert.equal(await until(page, () => document.querySelector('p.error').textContent), 'Wrong token');
  await page.screenshot({ path: join(shots, 'token.png') });
  const asked = guest.requests.length;
  await pause(1500);
  assert.equal(guest.requests.length, asked, 'no requests while the token is missing');
  await page.$eval('#token', (field) => (field.value = ''));
  await page.type('#token', 'secret');
  await press(page, 'Sign in');
  await until(page, () => document.querySelector('.state').textContent === 'Live');
  assert.equal(await page.$eval('.login', (form) => form.hidden), true);
});

test('what the guest refuses or does not have is said, the rest goes on', async () => {
  guest.readOnly = true;
  guest.missing.add('/trace/stacks');
  const { page } = await open({ hash: '#flame' });
  const notice = () =>
    [...document.querySelectorAll('.notice.warning')].find((n) => !n.hidden)?.textContent;
  assert.equal(await until(page, notice), 'This guest does not offer GET /trace/stacks.');
  assert.equal(await textOf(page, '.state'), 'Live');
  await visit(page, 'tracepoints');
  await until(page, () => document.querySelectorAll('.events tbody tr').length > 0);
  await page.click('input[aria-label="Count mutex_lock_wait"]');
  const said = await until(page, notice);
  assert.match(said, /refused POST \/trace\/count\/mutex_lock_wait: The server is read-only/);
  await rounds(page, 1);
  assert.equal(await page.$eval('input[aria-label="Count mutex_lock_wait"]', (box) => box.checked), false);
});

test('gentle with the guest: one request at a time, none while paused or hidden, the chosen interval', async () => {
  guest.delay = 30;
  const { page } = await open({ hash: '#threads' });
  await rounds(page, 3);
  assert.equal(guest.mostAtOnce, 1);
  await press(page, 'Pause');
  await pause(300);
  const paused = guest.requests.length;
  await pause(1500);
  assert.equal(guest.requests.length, paused);
  assert.equal(await textOf(page, '.state'), 'Paused');
  await press(page, 'Go on');
  await rounds(page, 1);

  await page.select('header select', '5000');
  await rounds(page, 1);
  await pause(300);
  const slow = guest.requests.length;
  await pause(2000);
  assert.equal(guest.requests.length, slow);

  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await page.select('header select', '1000');
  await pause(1500);
  assert.equal(guest.requests.length, slow, 'nobody looks');
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: false, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await rounds(page, 2);
});

test('no page is wider than a phone', async () => {
  const { page } = await open({ viewport: PHONE });
  guest.counted.set('syscall_epoll_wait', guest.uptime);
  guest.sampler = 99;
  for (const id of PAGES) {
    await visit(page, id);
    await rounds(page, 1);
    assert.equal(await overflow(page), 0, id);
  }
});
