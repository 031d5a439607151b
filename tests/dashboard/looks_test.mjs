// SPDX-License-Identifier: BSD-3-Clause
// Every page in both themes on a desktop and on a phone: it fits, axe finds nothing that keeps people
// out, and a screenshot is kept for people to look at.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { DESKTOP, PAGES, PHONE, overflow, visit } from './browser.mjs';
import { guest, open, rounds, shots } from './stage.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

for (const [name, options] of [
  ['desktop-light', { viewport: DESKTOP }],
  ['desktop-dark', { viewport: DESKTOP, dark: true }],
  ['phone-light', { viewport: PHONE }],
  ['phone-dark', { viewport: PHONE, dark: true }],
]) {
  test(`every page on ${name}: fits, and is usable without eyes or mouse`, async () => {
    const { page, troubles } = await open({ ...options, settings: { range: '60' } });
    for (const event of ['sched_switch', 'sched_wakeup', 'syscall_read', 'net_packet_in']) {
      guest.counted.set(event, guest.uptime);
    }
    guest.sampler = 99;
    await page.evaluate(`(() => { ${axe} })()`);
    await rounds(page, 3);
    for (const id of PAGES) {
      await visit(page, id);
      await rounds(page, 2);
      assert.equal(await overflow(page), 0, `${id} is wider than the window`);
      const { violations } = await page.evaluate(() =>
        axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }),
      );
      assert.deepEqual(
        violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join('; ')}`),
        [], `accessibility of ${id}`,
      );
      await page.screenshot({ path: join(shots, `${name}-${id}.png`) });
    }
    assert.deepEqual(troubles, []);
  });
}
