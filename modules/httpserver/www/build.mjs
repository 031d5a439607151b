// SPDX-License-Identifier: BSD-3-Clause
// Builds the dashboard: node build.mjs SOURCE WORK OUTPUT
//   SOURCE  this folder   WORK  where npm puts its packages   OUTPUT  the finished folder
// Without the packages (no network, no registry) there is no dashboard; the build of the rest goes on.
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installPackages } from './packages.mjs';

const [source, work, output] = process.argv.slice(2);
const modules = join(work, 'node_modules');

async function bundle() {
  const esbuild = createRequire(join(work, 'package.json'))('esbuild');
  rmSync(output, { recursive: true, force: true });
  await esbuild.build({
    entryPoints: [
      { in: join(source, 'src/main.ts'), out: 'dashboard' },
      { in: join(source, 'style/main.css'), out: 'dashboard' },
    ],
    outdir: output,
    // The packages are beside the build, not beside the sources.
    nodePaths: [modules],
    bundle: true,
    minify: true,
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    logLevel: 'warning',
  });
  for (const name of ['index.html', 'osprey.svg']) cpSync(join(source, name), join(output, name));
  cpSync(join(modules, 'uplot/LICENSE'), join(output, 'uplot-license.txt'));
}

try {
  installPackages(source, work);
} catch (error) {
  console.warn(`warning: no dashboard: its npm packages cannot be had (${error.message})`);
  rmSync(output, { recursive: true, force: true });
  process.exit(0);
}
await bundle();
