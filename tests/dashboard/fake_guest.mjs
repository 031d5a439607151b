// SPDX-License-Identifier: BSD-3-Clause
// A guest that the dashboard's tests know in every number. Its clock moves by two seconds with each
// scrape of /metrics, whatever the real time is, so that every rate comes out exactly.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fakeAnswers } from './fake_answers.mjs';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

// The strictest policy with which the page must do.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'";

export class FakeGuest {
  /** Seconds since boot. */
  uptime = 1000;
  bootTime = 1_790_000_000;
  /** When set, requests of the API need it. */
  token = undefined;
  readOnly = false;
  /** Answers nothing at all: connections are cut. */
  down = false;
  /** Paths that the server does not know. */
  missing = new Set();
  /** Milliseconds that each answer takes. */
  delay = 0;
  /** The log can be asked for what is new. */
  countsLogLines = true;
  counted = new Map();
  sampler = 0;
  events = new Map();
  /** "METHOD /path" of each request to the API. */
  requests = [];
  /** The most requests that were under way at once. */
  mostAtOnce = 0;
  #atOnce = 0;

  constructor(www) {
    this.www = www;
    this.server = createServer((request, response) => void this.#serve(request, response));
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.address = `http://127.0.0.1:${this.server.address().port}`;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The guest boots anew: its counters begin at nothing. */
  reboot() {
    this.bootTime += this.uptime + 30;
    this.uptime = 10;
    this.counted.clear();
  }

  async #serve(request, response) {
    if (this.down) return void request.socket.destroy();
    const url = new URL(request.url, this.address);
    if (url.pathname.startsWith('/dashboard/')) return this.#serveFile(url.pathname, response);
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    let body = '';
    for await (const chunk of request) body += chunk;
    if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
    const form = new URLSearchParams(body);
    const { status, headers = {}, content } = this.#answer(request, url, form);
    this.#atOnce--;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(headers['content-type'] ? content : JSON.stringify(content));
  }

  #answer(request, url, form) {
    const refuse = (status, message) => ({ status, content: { message, code: status } });
    if (url.pathname === '/login' && request.method === 'POST') {
      if (form.get('token') !== this.token) return refuse(401, 'Wrong token');
      return { status: 200, headers: { 'set-cookie': `osprey_token=${this.token}; HttpOnly` }, content: '' };
    }
    if (this.token && !(request.headers.cookie ?? '').includes(`osprey_token=${this.token}`)) {
      return refuse(401, 'A token is needed');
    }
    if (this.readOnly && request.method !== 'GET') return refuse(403, 'The server is read-only');
    const answer = this.missing.has(url.pathname)
      ? undefined
      : fakeAnswers(this, request.method, url, form);
    return answer ?? refuse(404, 'Not found');
  }

  async #serveFile(path, response) {
    const name = normalize(path.slice('/dashboard/'.length)) || 'index.html';
    try {
      const content = await readFile(join(this.www, name === '.' ? 'index.html' : name));
      response.writeHead(200, {
        'content-type': TYPES[extname(name)] ?? 'text/html',
        'content-security-policy': POLICY,
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  }
}
