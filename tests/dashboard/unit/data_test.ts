// SPDX-License-Identifier: BSD-3-Clause
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventRates } from '../../../modules/httpserver/www/src/data/event_rates.ts';
import { History, stack } from '../../../modules/httpserver/www/src/data/history.ts';
import { logLines } from '../../../modules/httpserver/www/src/data/log_lines.ts';
import { parseMetrics } from '../../../modules/httpserver/www/src/data/prometheus.ts';
import { Reading } from '../../../modules/httpserver/www/src/data/reading.ts';
import { textFilter } from '../../../modules/httpserver/www/src/data/text_filter.ts';
import { isIdle, threadRows } from '../../../modules/httpserver/www/src/data/threads.ts';
import * as units from '../../../modules/httpserver/www/src/data/units.ts';

test('Prometheus text: labels, escapes, special values, timestamps, odd lines', () => {
  const metrics = parseMetrics(
    [
      '# HELP a says {nothing} 1',
      'a 1.5',
      'b{x="1",y="two words, and a comma"} 2e3',
      'b{ x = "2" , y="quote \\" backslash \\\\ line \\n end", } -7 1700000000000',
      'empty{} 3',
      'brace{name="}{"} 4',
      'up +Inf',
      'down -Inf',
      'none NaN',
      'this is no sample',
      'broken{x="1} 5',
      'c twelve',
      '',
    ].join('\n'),
  );
  assert.deepEqual(metrics.get('a'), [{ labels: {}, value: 1.5 }]);
  assert.deepEqual(metrics.get('b'), [
    { labels: { x: '1', y: 'two words, and a comma' }, value: 2000 },
    { labels: { x: '2', y: 'quote " backslash \\ line \n end' }, value: -7 },
  ]);
  assert.deepEqual(metrics.get('empty'), [{ labels: {}, value: 3 }]);
  assert.deepEqual(metrics.get('brace'), [{ labels: { name: '}{' }, value: 4 }]);
  assert.equal(metrics.get('up')?.[0]?.value, Infinity);
  assert.equal(metrics.get('down')?.[0]?.value, -Infinity);
  assert.ok(Number.isNaN(metrics.get('none')?.[0]?.value));
  for (const name of ['this', 'broken', 'c']) assert.equal(metrics.has(name), false, name);
});

const scrape = (text: string, before?: Reading): Reading =>
  new Reading(parseMetrics(text), before, 0);

test('rates: by the clock of the guest, label by label', () => {
  const first = scrape('node_time_seconds 100\nc{d="x",e="1"} 10\nc{d="y",e="1"} 5\nc{d="z"} 50');
  // The labels come in another order, y is gone, w is new, z went back.
  const second = scrape(
    'node_time_seconds 104\nc{e="1",d="x"} 30\nc{d="w"} 9\nc{d="z"} 2',
    first,
  );
  assert.equal(first.elapsed, 0);
  assert.deepEqual(first.rates('c').map((rate) => rate.perSecond), [0, 0, 0]);
  assert.equal(second.elapsed, 4);
  assert.deepEqual(
    second.rates('c').map(({ labels, perSecond, total }) => [labels['d'], perSecond, total]),
    [['x', 5, 30], ['w', 0, 9], ['z', 0, 2]],
  );
  assert.equal(second.totalRate('c'), 5);
  assert.deepEqual(second.rates('unknown'), []);
  assert.equal(second.value('unknown'), undefined);
});

test('a restart is seen by the time of boot, a wobble of it is none', () => {
  const first = scrape('node_boot_time_seconds 1000');
  assert.equal(scrape('node_boot_time_seconds 1001', first).restarted, false);
  assert.equal(scrape('node_boot_time_seconds 1060', first).restarted, true);
  assert.equal(first.restarted, false);
});

test('scrapes do not keep the chain of all scrapes before them', () => {
  const first = scrape('node_time_seconds 1\nc 1');
  const second = scrape('node_time_seconds 2\nc 3', first);
  const third = scrape('node_time_seconds 3\nc 4', second.withoutPast());
  assert.equal(third.totalRate('c'), 1);
  assert.equal(second.withoutPast().elapsed, 0);
});

test('history: window, late series, capacity, a long break, a clock that was set back', () => {
  const history = new History(4);
  history.push(10, { a: 1 });
  history.push(12, { a: 2, b: 20 });
  history.push(14, { b: 30 });
  assert.deepEqual(history.window(100, ['a', 'b', 'c']), [
    [10, 12, 14], [1, 2, null], [null, 20, 30], [null, null, null],
  ]);
  assert.deepEqual(history.window(2, ['b']), [[12, 14], [20, 30]]);
  history.push(16, { a: 4 });
  history.push(18, { a: 5 });
  assert.deepEqual(history.window(100, ['a']), [[12, 14, 16, 18], [2, null, 4, 5]]);
  history.push(318, { a: 6 });
  assert.deepEqual(history.window(1000, ['a']), [[16, 18, 168, 318], [4, 5, null, 6]]);
  history.push(20, { a: 7 });
  assert.deepEqual(history.window(1000, ['a']), [[20], [7]]);
});

test('stacked areas are running sums; a hole in all is a hole', () => {
  assert.deepEqual(stack([[1, null, 3], [10, null, null], [100, null, 300]]), [
    [1, null, 3], [11, null, 3], [111, null, 303],
  ]);
});

test('units', () => {
  const { bytes, bytesPerSecond, count, duration, integer, percent, perSecond } = units;
  assert.deepEqual([0, 999, 1023, 1024, 1536, 100 * 1024, 1024 ** 3].map(bytes), [
    '0 B', '999 B', '1023 B', '1.0 KiB', '1.5 KiB', '100 KiB', '1.0 GiB',
  ]);
  assert.equal(bytes(1024 ** 2 - 1), '1.0 MiB', 'never "1024 KiB"');
  assert.equal(bytesPerSecond(2048), '2.0 KiB/s');
  assert.deepEqual([0, 0.25, 7, 99.5, 999, 1000, 12345, 123456, 1e6].map(count), [
    '0', '0.3', '7', '99.5', '999', '1.0 k', '12.3 k', '123 k', '1.0 M',
  ]);
  assert.equal(perSecond(1500), '1.5 k/s');
  assert.equal(percent(12.34), '12.3 %');
  assert.equal(integer(1234567), '1\u2009234\u2009567');
  assert.deepEqual([0.5, 59, 60, 93784, 3600, 86400 * 3 + 60].map(duration), [
    '0.50 s', '59 s', '1 min', '1 d 2 h', '1 h', '3 d',
  ]);
  for (const format of [bytes, bytesPerSecond, count, duration, integer, percent, perSecond]) {
    for (const nothing of [undefined, null, NaN, Infinity]) assert.equal(format(nothing), '–');
  }
});

const thread = (id: number, name: string, cpu_ms: number, switches: number, cpu = 0) => ({
  id, name, cpu, cpu_ms, switches, migrations: 0, preemptions: 0, priority: 0, stack_size: 0,
  status: 'running',
});

test('threads: rates, new ones, numbers that are used again, those that never ran', () => {
  const before = { time_ms: 1000, list: [thread(1, 'a', 100, 10), thread(2, 'b', 900, 90)] };
  const now = {
    time_ms: 3000,
    list: [
      thread(1, 'a', 1100, 30), thread(2, 'other', 950, 95), thread(3, 'new', 70, 7, -1),
      thread(4, 'idle1', 0, 0, 0xffffffff),
    ],
  };
  const rows = threadRows(now, before);
  assert.deepEqual(
    rows.map(({ cpuPercent, switches, cpu, idle }) => [cpuPercent, switches, cpu, idle]),
    [[50, 10, 0, false], [0, 0, 0, false], [0, 0, undefined, false], [0, 0, undefined, true]],
  );
  assert.deepEqual(threadRows({ time_ms: 1 }, undefined), []);
  assert.deepEqual(['idle0', 'idle', 'swapper/1', 'idler', 'my idle0'].map(isIdle), [
    true, true, true, false, false,
  ]);
});

test('events per second: an answer may have no list, counting may begin anew', () => {
  const before = { time_ms: 1000, list: [{ name: 'a', count: 100 }, { name: 'b', count: 50 }] };
  const now = {
    time_ms: 3000,
    list: [{ name: 'a', count: 500 }, { name: 'b', count: 2 }, { name: 'c', count: 9 }],
  };
  assert.deepEqual(eventRates(now, before).map((rate) => rate.perSecond), [200, 0, 0]);
  assert.deepEqual(eventRates({ time_ms: 5000 }, now), []);
});

test('log: levels before words, empty lines left out', () => {
  assert.deepEqual(
    logLines('<3>a\n<6>this failed\n\nthe disk failed\n<12>b\ncannot read\nall is well\n'),
    [
      { text: 'a', severity: 'error' },
      { text: 'this failed', severity: 'info' },
      { text: 'the disk failed', severity: 'error' },
      { text: 'b', severity: 'warning' },
      { text: 'cannot read', severity: 'warning' },
      { text: 'all is well', severity: 'info' },
    ],
  );
});

test('filter: text as it stands, expressions between slashes', () => {
  assert.equal(textFilter('A.c')('xa.Cx'), true);
  assert.equal(textFilter('a.c')('abc'), false);
  assert.equal(textFilter('/a.c$/')('xABC'), true);
  assert.equal(textFilter('/(/')('('), false, 'no valid expression');
  assert.equal(textFilter('')('anything'), true);
});
