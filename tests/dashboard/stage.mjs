// SPDX-License-Identifier: BSD-3-Clause
// What the tests in a browser share: Chromium, a fake guest for each test, pages of its dashboard.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { openPage, startBrowser } from './browser.mjs';
import { FakeGuest } from './fake_guest.mjs';

export const { DASHBOARD, WORK } = process.env;
export const shots = join(WORK, 'screenshots');

let browser;
let opened = [];
/** The guest of the test that runs. */
export let guest;

before(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await startBrowser(WORK);
});
after(() => browser?.close());
beforeEach(async () => {
  guest = new FakeGuest(DASHBOARD);
  await guest.start();
});
afterEach(async () => {
  for (const { close } of opened) await close();
  opened = [];
  await guest.stop();
});

export async function open(options = {}) {
  const view = await openPage(browser, `${guest.address}/dashboard/${options.hash ?? ''}`, options);
  opened.push(view);
  return view;
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const scrapes = () => guest.requests.filter((request) => request === 'GET /metrics').length;

/**
 * Lets the page do some rounds. It does one at once whenever it is looked at again, so the test
 * need not wait for the interval.
 */
export async function rounds(page, number) {
  const enough = scrapes() + number;
  for (const end = Date.now() + 15000; scrapes() < enough; ) {
    if (Date.now() > end) throw new Error(`only ${scrapes()} scrapes of ${enough}`);
    const before = scrapes();
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    for (const soon = Date.now() + 1500; scrapes() === before && Date.now() < soon; ) await pause(10);
  }
  await pause(150);
}
