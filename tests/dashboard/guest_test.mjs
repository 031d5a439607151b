// SPDX-License-Identifier: BSD-3-Clause
// The dashboard of a real guest while redis-benchmark keeps it busy: what the pages show is what the
// guest says when it is asked directly.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bytes } from '../../modules/httpserver/www/src/data/units.ts';
import { figures, legend, openPage, press, startBrowser, tableRows, textOf, until, visit } from './browser.mjs';
import { RealGuest } from './real_guest.mjs';

const { BUILD, WORK } = process.env;
const shots = join(WORK, 'screenshots');
const PATIENCE = 120_000;

let browser;
let guest;
let view;

before(async () => {
  mkdirSync(shots, { recursive: true });
  guest = new RealGuest(BUILD, WORK);
  await guest.start();
  guest.load();
  browser = await startBrowser(WORK);
  view = await openPage(browser, `${guest.address}/`, { settings: { range: '60', interval: '2000' } });
});
after(async () => {
  await browser?.close();
  await guest?.stop();
});

/** Goes to a page and waits until `ready` (run in the page) says that its numbers are there. */
async function show(id, ready) {
  await visit(view.page, id);
  await until(view.page, ready, undefined, PATIENCE);
}

test('overview: the load is seen', async () => {
  const { page } = view;
  const busy = () => parseFloat(document.querySelector('.figure .value')?.textContent) > 10;
  await until(page, busy, undefined, PATIENCE);
  const shown = await figures(page);
  assert.equal(shown.Memory[1], `of ${bytes(await guest.ask('GET', '/os/memory/total'))}`);
  assert.match(shown.Network[0], /^[1-9][\d.]* (KiB|MiB)\/s$/);
  assert.equal(await textOf(page, 'h1'), await guest.ask('GET', '/os/hostname'));
  assert.equal(await textOf(page, '.state'), 'Live');
});

test('threads: redis is the busiest, as the server says', async () => {
  await show('threads', () =>
    [...document.querySelectorAll('tbody tr')].some(
      ({ cells }) => cells[0].textContent === 'redis-server' && parseFloat(cells[1].textContent) > 5,
    ),
  );
  const rows = await tableRows(view.page, 'Threads of the guest');
  const redis = rows.find(({ Name }) => Name === 'redis-server');
  assert.ok(parseFloat(redis.CPU) > 5, `redis uses ${redis.CPU}`);
  const { list } = await guest.ask('GET', '/os/threads');
  const known = new Set(list.map(({ id }) => String(id)));
  assert.ok(rows.every(({ Thread }) => known.has(Thread)) && rows.length >= 4);
  await view.page.screenshot({ path: join(shots, 'guest-threads.png') });
});

test('CPU: as many charts as CPUs, with modes that are not nothing', async () => {
  await show('cpu', () => document.querySelectorAll('.grid.small figure .legend .value').length > 0);
  const cpus = await guest.ask('GET', '/hardware/processor/count');
  assert.equal(await view.page.$$eval('.grid.small figure', (all) => all.length), cpus);
  const all = await legend(view.page, 'All CPUs');
  assert.ok(parseFloat(all.user) + parseFloat(all.system) > 5, JSON.stringify(all));
  await view.page.screenshot({ path: join(shots, 'guest-cpu.png') });
});

test('memory, network, disks', async () => {
  await show('memory', () => document.querySelector('.figure .value').textContent !== '–');
  assert.equal((await figures(view.page)).Total[0], bytes(await guest.ask('GET', '/os/memory/total')));

  await show('network', () => document.querySelectorAll('.table tbody tr').length > 3);
  const addresses = (await tableRows(view.page, 'Addresses')).map(({ Address }) => Address);
  const said = (await guest.ask('GET', '/network/ifconfig/')).map(({ config }) => config.addr);
  assert.deepEqual(addresses.sort(), said.sort());
  const devices = await tableRows(view.page, 'Traffic of network devices');
  assert.ok(devices.some(({ Received }) => /^[1-9]/.test(Received)), JSON.stringify(devices));

  await show('disks', () => document.querySelectorAll('.table tbody tr').length > 1);
  const mounts = (await tableRows(view.page, 'Filesystems')).map((row) => row['Mounted at']);
  assert.ok(mounts.includes('/'), mounts.join());
});

test('tracepoints: context switches are counted', async () => {
  await show('tracepoints', () => document.querySelectorAll('.events tbody tr').length > 50);
  await view.page.type('.event-list input[type=search]', '/^sched_switch$/');
  await view.page.click('input[aria-label="Count sched_switch"]');
  const counting = () =>
    /^[1-9]/.test(document.querySelector('section .table tbody tr td')?.textContent ?? '');
  await until(view.page, counting, undefined, PATIENCE);
  const { list } = await guest.ask('GET', '/trace/count');
  assert.deepEqual(list.map(({ name }) => name), ['sched_switch']);
  await view.page.screenshot({ path: join(shots, 'guest-tracepoints.png') });
  await press(view.page, 'Stop all');
  await until(view.page, () => !document.querySelector('section .table tbody tr'), undefined, PATIENCE);
});

test('flame graph: samples of redis, then none any more', async () => {
  await show('flame', () => document.querySelector('.flames') !== null);
  await press(view.page, 'Start');
  const sampled = () => document.querySelectorAll('.flames g').length > 20;
  await until(view.page, sampled, undefined, PATIENCE);
  const ofRedis = () => [...document.querySelectorAll('main option')].some((o) => /^redis-server/.test(o.value));
  await until(view.page, ofRedis, undefined, PATIENCE);
  await view.page.screenshot({ path: join(shots, 'guest-flame.png') });
  await press(view.page, 'Stop');
});

test('log: the lines of the guest', async () => {
  await show('log', () => document.querySelectorAll('.log li').length > 3);
  const first = await view.page.$eval('.log li', (line) => line.textContent);
  assert.ok((await guest.ask('GET', '/os/dmesg?since=0')).includes(first.replace(/^\w+: /, '').slice(15)));
});

test('nothing went wrong in the page', async () => {
  await show('overview', () => document.querySelector('figure') !== null);
  await view.page.screenshot({ path: join(shots, 'guest-overview.png') });
  assert.deepEqual(view.troubles, []);
});
