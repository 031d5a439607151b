// SPDX-License-Identifier: BSD-3-Clause
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Puts the npm packages that a folder's lock file names into WORK/node_modules, unless they are
 * there already. No script of a package is run. Throws when they cannot be had.
 */
export function installPackages(folder, work) {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const stamp = join(work, 'node_modules/.osprey-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  mkdirSync(work, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    cpSync(join(folder, name), join(work, name));
  }
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: work,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(stamp, lock);
}
