// SPDX-License-Identifier: BSD-3-Clause
// A guest with the REST server and redis in it, under load of redis-benchmark.
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

const SERVER = '/usr/lib/osprey/httpserver';

export class RealGuest {
  #run;
  #load;

  /** @param build the build folder with osprey, the kernel, the server and the dashboard */
  constructor(build, work) {
    this.build = build;
    this.log = join(work, 'guest.log');
  }

  /** Starts the guest; the server starts redis when it is asked to. */
  async start() {
    const { build } = this;
    this.#run = spawn(
      join(build, 'osprey'),
      [
        'run', '-c', '2', '-m', '512M', '-p', '0:8000', '-p', '0:6379',
        '--deb', 'redis-server,libcpp-httplib0.11,libssl3',
        '--file', `${join(build, 'modules/httpserver/httpserver')}:${SERVER}`,
        '--file', `${join(build, 'share/osprey/httpserver/www')}:/usr/share/osprey/httpserver/www`,
        SERVER,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log = createWriteStream(this.log);
    let said = '';
    for (const stream of [this.#run.stdout, this.#run.stderr]) {
      stream.on('data', (bytes) => {
        said += bytes;
        log.write(bytes);
      });
    }
    const port = async (inside) => {
      // "open: localhost:41234 -> 8000": the guest's ports are free ones of this machine.
      const pattern = new RegExp(`localhost:(\\d+)\\D+${inside}\\b`);
      return (await this.#eventually(() => pattern.exec(said), 'no port was opened'))[1];
    };
    this.address = `http://localhost:${await port(8000)}`;
    this.redis = await port(6379);
    await this.#eventually(() => this.ask('GET', '/os/hostname').catch(() => undefined), 'no answer');
    await this.ask('PUT', `/app/?${new URLSearchParams({
      command: 'redis-server --save "" --appendonly no --protected-mode no',
    })}`);
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
