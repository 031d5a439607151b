// SPDX-License-Identifier: BSD-3-Clause

export type Trouble =
  /** No answer: the guest is gone, busy beyond patience, or the network is. */
  | 'unreachable'
  /** The server wants a token (401). */
  | 'token'
  /** The server may not do that: it is read-only, or the token does not allow it (403). */
  | 'refused'
  /** The server does not know the request (404, 405, 501). */
  | 'missing'
  /** All else. */
  | 'failed';

/** Why a request gave no answer that can be used; the message is for the user. */
export class GuestError extends Error {
  constructor(
    readonly trouble: Trouble,
    message: string,
  ) {
    super(message);
  }
}

/** A guest under load, or one that is emulated, may take its time. */
const PATIENCE_MS = 20_000;

/** Sends requests to the REST server that this page comes from. */
export class Client {
  /** @param root where the API begins: the folder above the dashboard's */
  constructor(private readonly root: URL) {}

  async text(path: string): Promise<string> {
    return (await this.send('GET', path)).text();
  }

  async json<T>(path: string): Promise<T> {
    return jsonIn<T>(path, await this.send('GET', path));
  }

  /** The kernel's log from a line on; `next` is the line after the last one, if the guest counts. */
  async log(since: number): Promise<{ text: string; next: number | undefined }> {
    const path = `/os/dmesg?since=${since}`;
    const response = await this.send('GET', path);
    const next = response.headers.get('Osprey-Log-Next');
    const text = await jsonIn<string>(path, response);
    return { text, next: next === null ? undefined : Number(next) };
  }

  async post(path: string, form: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.send('POST', path, new URLSearchParams(form));
  }

  async delete(path: string): Promise<void> {
    await this.send('DELETE', path);
  }

  /** Shows the token to the server, which answers with a cookie that the browser keeps. */
  async login(token: string): Promise<void> {
    await this.post('/login', { token });
  }

  private async send(method: string, path: string, body?: URLSearchParams): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(path.slice(1), this.root), {
        method,
        body: body ?? null,
        credentials: 'same-origin',
        cache: 'no-store',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      throw new GuestError('unreachable', 'The guest does not answer.');
    }
    if (!response.ok) throw await errorOf(method, path, response);
    return response;
  }
}

async function jsonIn<T>(path: string, response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch {
    throw new GuestError('failed', `The answer to ${path} is no valid JSON.`);
  }
}

async function errorOf(method: string, path: string, response: Response): Promise<GuestError> {
  const said = await messageIn(response);
  const request = `${method} ${path}`;
  switch (response.status) {
    case 401:
      return new GuestError('token', said ?? 'This guest asks for a token.');
    case 403:
      return new GuestError('refused', `The guest refused ${request}: ${said ?? 'not allowed'}.`);
    case 404:
    case 405:
    case 501:
      return new GuestError('missing', `This guest does not offer ${request}.`);
    case 502:
    case 503:
    case 504:
      return new GuestError('unreachable', `The guest does not answer (${response.status}).`);
    default:
      return new GuestError(
        'failed',
        `${request} failed (${response.status})${said ? `: ${said}` : ''}.`,
      );
  }
}

/** The server's own words: errors are objects with `message` and `code`. */
async function messageIn(response: Response): Promise<string | undefined> {
  try {
    const { message } = (await response.json()) as { message?: unknown };
    return typeof message === 'string' ? message.replace(/\.$/, '') : undefined;
  } catch {
    return undefined;
  }
}
