// SPDX-License-Identifier: BSD-3-Clause
// A guest with the REST server and redis in it, under load of redis-benchmark.
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

export class RealGuest {
  #run;
  #load;

  /** @param build the build folder with osprey, the kernel, the server and the dashboard */
  constructor(build, work) {
    this.build = build;
    this.log = join(work, 'guest.log');
  }

  /** Starts the guest, and waits until the server and redis answer. */
  async start() {
    const [api, redis] = [await freePort(), await freePort()];
    this.address = `http://localhost:${api}`;
    this.redis = String(redis);
    this.#run = spawn(
      join(this.build, 'osprey'),
      [
        'run', '-c', '2', '-m', '512M', `--api=${api}`, '-p', `${redis}:6379`,
        '--deb', 'redis-server', 'redis-server', '--save', '', '--appendonly', 'no',
        '--protected-mode', 'no',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log = createWriteStream(this.log);
    for (const stream of [this.#run.stdout, this.#run.stderr]) stream.pipe(log, { end: false });
    const named = () => this.ask('GET', '/os/hostname').catch(() => undefined);
    await this.#eventually(named, 'the server does not answer');
    const ping = () => spawnSync('redis-cli', ['-p', this.redis, 'PING'], { timeout: 10_000 });
    await this.#eventually(() => `${ping().stdout}`.startsWith('PONG'), 'redis does not answer');
  }

  /** Asks the server directly; fails unless it answers with 200. */
  async ask(method, path) {
    const response = await fetch(this.address + path, { method });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    const text = await response.text();
    return text.startsWith('#') ? text : JSON.parse(text || '""');
  }

  /** Sends requests to redis until `stop`. */
  load() {
    this.#load = spawn(
      'redis-benchmark',
      ['-p', this.redis, '-l', '-c', '20', '-n', '2000', '-t', 'set,get,lpush', '-q'],
      { stdio: 'ignore' },
    );
  }

  async stop() {
    this.#load?.kill('SIGKILL');
    if (!this.#run || this.#run.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#run.once('exit', resolve));
    // The first signal goes to the program, the second one stops the machine.
    this.#run.kill('SIGTERM');
    const impatient = setTimeout(() => this.#run.kill('SIGTERM'), 3000);
    await ended;
    clearTimeout(impatient);
  }

  async #eventually(look, failure, seconds = 180) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      if (this.#run.exitCode !== null) throw new Error(`the guest ended; see ${this.log}`);
      const found = await look();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    throw new Error(`${failure}; see ${this.log}`);
  }
}

/** A port of this machine that nobody listens at. */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
