// SPDX-License-Identifier: BSD-3-Clause
// Each page of the dashboard shows the numbers of the fake guest, and its controls do what they say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { figures, legend, press, tableRows, textOf, until, visit } from './browser.mjs';
import { WORK, guest, open, pause, rounds, shots } from './stage.mjs';

test('overview: figures, charts, the busiest threads, and who the guest is', async () => {
  const { page, troubles } = await open();
  await rounds(page, 3);
  assert.deepEqual(await figures(page), {
    CPU: ['42.5 %', 'of 2 CPUs'],
    Memory: ['184 MiB', 'of 512 MiB'],
    Network: ['7.0 MiB/s', '2.0 MiB/s in\n5.0 MiB/s out'],
    Disk: ['896 KiB/s', '640 KiB/s read\n256 KiB/s written'],
    'Context switches': ['4.2 k/s', '2.6 k/s interrupts'],
    Load: ['0.75', '2 running'],
  });
  const cpu = await legend(page, 'CPU');
  assert.equal(cpu.user, '27.5 %');
  assert.equal(cpu.system, '12.5 %');
  assert.equal(cpu['soft interrupts'], '2.0 %');
  assert.equal(cpu.stolen, undefined, 'what never happened is not shown');
  const busiest = await tableRows(page, 'Busiest threads');
  assert.deepEqual(busiest[0], {
    Name: 'redis-server', CPU: '62.5 %', Switches: '1.3 k/s', Thread: '101',
  });
  assert.ok(!busiest.some(({ Name }) => Name.startsWith('idle')));
  assert.equal(await textOf(page, 'h1'), 'redis-1');
  assert.match(await textOf(page, '.facts'), /^Osprey 0\.1\.0 · kvm · up 16 min \d+ s$/);
  assert.equal(await textOf(page, '.state'), 'Live');
  assert.equal(await page.title(), 'redis-1 – Osprey');
  assert.deepEqual(troubles, []);
});

test('threads: rates, where they ran, sorting by the headers, filter, idle threads', async () => {
  const { page, troubles } = await open({ hash: '#threads' });
  await rounds(page, 3);
  const rows = await tableRows(page, 'Threads of the guest');
  assert.deepEqual(rows.map(({ Name }) => Name), [
    'redis-server', 'io_thd_1', 'net_softirq', 'bio_aof', 'rcu',
  ]);
  assert.deepEqual(rows[1], {
    Name: 'io_thd_1', CPU: '12.5 %', State: 'waiting', 'Ran on': 'CPU 1', Switches: '480/s',
    Preempted: '4/s', Migrated: '1.5/s', 'CPU time': rows[1]['CPU time'], Process: '100',
    Thread: '103', Priority: '1', Stack: '64.0 KiB',
  });
  assert.match(rows[1]['CPU time'], /^2 min \d+ s$/);
  assert.equal(rows[4]['Ran on'], '–', 'it never ran');
  assert.match(await textOf(page, '.summary'), /^5 threads, 82\.5 % of one CPU$/);

  await press(page, 'Name');
  const names = async () => (await tableRows(page, 'Threads of the guest')).map(({ Name }) => Name);
  assert.deepEqual(await names(), ['bio_aof', 'io_thd_1', 'net_softirq', 'rcu', 'redis-server']);
  assert.equal(await page.$eval('th[aria-sort]', (cell) => cell.getAttribute('aria-sort')), 'ascending');
  await press(page, 'Name');
  assert.equal((await names())[0], 'redis-server');

  await page.type('.toolbar input[type=search]', 'io');
  assert.deepEqual(await names(), ['io_thd_1', 'bio_aof']);
  assert.match(await textOf(page, '.summary'), /^2 of 5 threads/);
  await page.$eval('.toolbar input[type=search]', (field) => {
    field.value = '';
    field.dispatchEvent(new Event('input'));
  });
  await page.click('.check input');
  assert.ok((await names()).includes('idle1'));
  assert.deepEqual(troubles, []);
});

test('CPU: each CPU by mode, switches and interrupts', async () => {
  const { page, troubles } = await open({ hash: '#cpu' });
  await rounds(page, 3);
  const cpu0 = await legend(page, 'CPU 0');
  assert.deepEqual([cpu0.user, cpu0.system, cpu0.interrupts], ['45.0 %', '20.0 %', '1.0 %']);
  const cpu1 = await legend(page, 'CPU 1');
  assert.deepEqual([cpu1.user, cpu1.system, cpu1.interrupts], ['10.0 %', '5.0 %', '0.0 %']);
  assert.deepEqual(await legend(page, 'Context switches and interrupts'), {
    'context switches': '4.2 k/s', interrupts: '2.6 k/s', 'new processes': '0.5/s',
  });
  const label = await page.$eval('.grid.small .canvas', (canvas) => canvas.getAttribute('aria-label'));
  assert.match(label, /^CPU 0, chart: user 45\.0 %, system 20\.0 %/);
  assert.deepEqual(troubles, []);
});

test('memory, network, disks: figures and tables', async () => {
  const { page, troubles } = await open({ hash: '#memory' });
  await rounds(page, 3);
  assert.deepEqual(await figures(page), {
    Total: ['512 MiB', ''],
    Used: ['184 MiB', '36 % of all'],
    'Page cache': ['128 MiB', '25 % of all'],
    Free: ['200 MiB', '39 % of all'],
    Available: ['300 MiB', '59 % of all'],
  });
  assert.deepEqual(await legend(page, 'Page faults'), { all: '350/s', 'read from disk': '2/s' });

  await visit(page, 'network');
  await rounds(page, 2);
  assert.deepEqual(await legend(page, 'Network'), { received: '2.0 MiB/s', sent: '5.0 MiB/s' });
  const [eth0] = await tableRows(page, 'Traffic of network devices');
  assert.equal(eth0.Received, '2.0 MiB/s');
  assert.equal(eth0['Packets in'], '2.5 k/s');
  assert.equal(eth0.Dropped, '3');
  const addresses = await tableRows(page, 'Addresses');
  assert.deepEqual(addresses.map(({ Address }) => Address), ['127.0.0.1', '10.0.2.15']);
  assert.equal(addresses[1].Flags, 'UP, BROADCAST, RUNNING, MULTICAST');
  assert.equal((await tableRows(page, 'Routes'))[0].Gateway, '10.0.2.2');

  await visit(page, 'disks');
  await rounds(page, 1);
  const [vda] = await tableRows(page, 'Traffic of disks');
  assert.deepEqual([vda.Disk, vda.Read, vda.Written, vda.Reads, vda.Writes, vda.Busy], [
    'vda', '640 KiB/s', '256 KiB/s', '40/s', '16/s', '12.5 %',
  ]);
  assert.deepEqual(await tableRows(page, 'Filesystems'), [
    { 'Mounted at': '/', Type: 'erofs', Used: '100.0 %', Size: '64.0 MiB', Available: '0 B', Files: '1\u2009200', Device: '/dev/vda' },
    { 'Mounted at': '/data', Type: 'zfs', Used: '25.0 %', Size: '1.0 GiB', Available: '768 MiB', Files: '1\u2009000', Device: 'tank/data' },
  ]);
  assert.deepEqual(troubles, []);
});

test('tracepoints: search, count, rates, record, stop', async () => {
  const { page, troubles } = await open({ hash: '#tracepoints' });
  await until(page, () => document.querySelectorAll('.events tbody tr').length > 0);
  assert.match(await textOf(page, '.event-list .summary'), /^312 of 312 events; the first 120/);
  await page.type('.event-list input[type=search]', 'sched_');
  assert.equal(await page.$$eval('.events tbody tr', (rows) => rows.length), 3);
  await page.click('input[aria-label="Count sched_switch"]');
  await page.click('input[aria-label="Count sched_wakeup"]');
  await rounds(page, 3);
  const rows = await tableRows(page, 'Events that are counted');
  assert.deepEqual(rows.map((row) => [row.Event, row['Per second']]), [
    ['sched_switch', '4.2 k/s'], ['sched_wakeup', '1.9 k/s'],
  ]);
  assert.deepEqual(await legend(page, 'Events per second'), {
    sched_switch: '4.2 k/s', sched_wakeup: '1.9 k/s',
  });
  await page.click('input[aria-label="Record sched_switch"]');
  await rounds(page, 1);
  assert.deepEqual(guest.events.get('sched_switch'), { enabled: true, backtrace: false });
  await page.click('input[aria-label="Backtrace sched_switch"]');
  await rounds(page, 1);
  assert.deepEqual(guest.events.get('sched_switch'), { enabled: true, backtrace: true });
  await page.screenshot({ path: join(shots, 'tracepoints-counting.png') });
  await press(page, 'Stop counting sched_wakeup');
  await until(page, () => document.querySelectorAll('section .table tbody tr').length === 1);
  assert.deepEqual([...guest.counted.keys()], ['sched_switch']);
  await press(page, 'Stop all');
  await until(page, () => document.querySelectorAll('section .table tbody tr').length === 0);
  assert.ok(guest.requests.includes('DELETE /trace/count'));
  assert.deepEqual(troubles, []);
});

test('flame graph: start, shares, zoom by mouse and keys, search, save, stop, reset', async () => {
  const { page, troubles } = await open({ hash: '#flame' });
  await rounds(page, 1);
  await page.select('.toolbar select', '199');
  await press(page, 'Start');
  await until(page, () => document.querySelectorAll('.flames g').length > 5);
  assert.equal(guest.sampler, 199);
  assert.match(await textOf(page, '.summary'), /^4\u2009000 samples, 1\u2009000 shown$/);
  const hot = await tableRows(page, 'Functions with the most samples');
  assert.deepEqual(hot[0], {
    Function: 'getCommand', Itself: '40.0 %', 'With what it calls': '40.0 %', Samples: '400',
  });
  const read = hot.find((row) => row.Function === 'readQueryFromClient');
  assert.deepEqual([read.Itself, read['With what it calls']], ['10.0 %', '65.0 %']);

  // In one step each: the page may draw anew at any time.
  const box = (name) =>
    page.evaluate((wanted) => {
      const groups = [...document.querySelectorAll('.flames g')];
      const group = groups.find((g) => g.querySelector('title').textContent.startsWith(`${wanted}:`));
      if (!group) return null;
      const { width } = group.ownerSVGElement.getBoundingClientRect();
      return group.querySelector('rect').getBoundingClientRect().width / width;
    }, name);
  assert.ok(Math.abs((await box('writeToClient')) - 0.25) < 0.01);
  await page.evaluate(() =>
    [...document.querySelectorAll('.flames g')]
      .find((g) => g.querySelector('title').textContent.startsWith('readQueryFromClient: 550'))
      .dispatchEvent(new MouseEvent('click', { bubbles: true })),
  );
  assert.equal(await box('writeToClient'), null, 'it is outside of what was zoomed into');
  assert.ok(Math.abs((await box('processCommand')) - 400 / 550) < 0.01);
  await press(page, 'Zoom out');
  assert.ok(await box('writeToClient'));

  await page.focus('.flames');
  for (const key of ['ArrowDown', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
  assert.equal(
    await textOf(page, '[aria-live=polite].summary'), 'start_thread: 100 samples, 10.0 %',
    'what the keys reached is told',
  );
  await page.keyboard.press('Enter');
  assert.ok((await box('IOThreadMain')) > 0.99);
  await page.keyboard.press('Escape');

  await page.type('input[placeholder="Search functions"]', 'tcp_');
  assert.match(await textOf(page, '[aria-live=polite].summary'), /search matches 40\.0 % of the samples$/);
  const marked = await page.evaluate(() => {
    const rects = [...document.querySelectorAll('.flames rect')];
    const mark = getComputedStyle(document.documentElement).getPropertyValue('--mark').trim();
    return rects.filter((rect) => rect.getAttribute('fill') === mark).length;
  });
  assert.equal(marked, 2);

  const client = await page.createCDPSession();
  await client.send('Browser.setDownloadBehavior', {
    behavior: 'allow', downloadPath: WORK, browserContextId: page.browserContext().id,
  });
  await press(page, 'Save SVG');
  const saved = await readSoon(join(WORK, 'flame.svg'));
  assert.match(saved, /^<\?xml[^]*<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^]*writeToClient: 250 samples/);

  await press(page, 'Stop');
  await rounds(page, 1);
  assert.equal(guest.sampler, 0);
  await press(page, 'Reset');
  await rounds(page, 1);
  assert.ok(guest.requests.includes('DELETE /trace/stacks'));
  assert.deepEqual(troubles, []);
});

async function readSoon(path) {
  for (let tries = 0; ; tries++) {
    try {
      const text = readFileSync(path, 'utf8');
      if (text !== '') return text;
    } catch (error) {
      if (tries > 100) throw error;
    }
    await pause(50);
  }
}

test('log: severity, filter, only what is new is asked for', async () => {
  const { page, troubles } = await open({ hash: '#log' });
  await rounds(page, 3);
  const lines = () =>
    page.$$eval('.log li', (items) => items.map((item) => [item.className, item.textContent]));
  const all = await lines();
  assert.deepEqual(all[3], ['warning', 'warning: [    0.031000] clock: the TSC is not stable']);
  assert.equal(all[5][0], 'error');
  assert.equal(all.length, 7 + guest.uptime - 1000);
  assert.deepEqual(all.at(-1), ['info', `[ ${guest.uptime - 1}.000000] tick ${guest.uptime - 1001}`]);
  const asked = guest.requests.filter((request) => request.includes('/os/dmesg'));
  assert.deepEqual(asked.slice(0, 2), ['GET /os/dmesg?since=0', 'GET /os/dmesg?since=9']);

  await page.type('input[type=search]', '/^\\[.*(dhcp|pci)/');
  assert.equal((await lines()).length, 2);
  assert.match(await textOf(page, '.summary'), /^2 of \d+ lines$/);
  assert.deepEqual(troubles, []);
});

test('log of a guest that sends all lines each time', async () => {
  guest.countsLogLines = false;
  const { page } = await open({ hash: '#log' });
  await rounds(page, 3);
  const lines = await page.$$eval('.log li', (items) => items.length);
  assert.equal(lines, 7 + guest.uptime - 1000);
});
