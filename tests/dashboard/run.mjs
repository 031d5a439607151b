// SPDX-License-Identifier: BSD-3-Clause
// Runs one part of the dashboard's tests: node run.mjs PART BUILD
//   PART   units, or the name of a *_test.mjs here that needs a browser
//   BUILD  the build folder; the tests leave packages and screenshots in its tests/dashboard
// Exit code 77 (skipped) when npm's packages or Chromium cannot be had.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../../modules/httpserver/www/packages.mjs';

const [part, build] = process.argv.slice(2);
const packages = join(build, 'modules/httpserver/www');
const dashboard = join(build, 'share/osprey/httpserver/www/dashboard');
const work = join(build, 'tests/dashboard');
const here = dirname(fileURLToPath(import.meta.url));
const skipped = 77;

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(skipped);
}

/** Bundles tests into WORK, where node finds the packages that they use. */
function bundle(files) {
  const esbuild = createRequire(join(packages, 'package.json'))('esbuild');
  esbuild.buildSync({
    entryPoints: files,
    outdir: join(work, part),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
}

/** Types of the dashboard and of its unit tests. */
function checkTypes() {
  const www = join(here, '../../modules/httpserver/www');
  const config = join(work, 'tsconfig.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(www, 'tsconfig.json'),
      compilerOptions: { paths: { '*': [join(packages, 'node_modules/*')] } },
      include: [join(www, 'src')],
    }),
  );
  const compiler = join(packages, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', config], { stdio: 'inherit' });
}

if (!existsSync(join(dashboard, 'index.html'))) skip('there is no dashboard in this build');
mkdirSync(work, { recursive: true });

let files;
if (part === 'units') {
  checkTypes();
  files = readdirSync(join(here, 'unit')).map((name) => join(here, 'unit', name));
} else {
  if (spawnSync('chromium', ['--version']).status !== 0) skip('there is no chromium');
  try {
    installPackages(here, work);
  } catch (error) {
    skip(`npm's packages cannot be had (${error.message})`);
  }
  files = [join(here, `${part}_test.mjs`)];
}
bundle(files);
const tests = readdirSync(join(work, part)).map((name) => join(work, part, name));
const { status } = spawnSync(process.execPath, ['--test', ...tests], {
  stdio: 'inherit',
  env: { ...process.env, DASHBOARD: dashboard, WORK: work, BUILD: build },
});
process.exit(status ?? 1);
