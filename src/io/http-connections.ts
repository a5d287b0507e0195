import { HttpConnection } from './http-connection.js';
import type { HttpHead } from './http-head.js';
import { Pieces } from './pieces.js';
import type { Body } from './range-client.js';

/** A body of no more that nobody wants is received all the same, so that its connection serves the next request. */
const SHORT_BODY = 16 * 1024;

/** An answer to a request, its body yet to come. */
export interface HttpAnswer extends Pick<HttpHead, 'status' | 'headers' | 'length'>, Body {}

/** Connections that are kept from request to request. As many are open as there are requests at one time. */
export class HttpConnections {
  readonly #all = new Set<HttpConnection>();
  /** Those that wait, by origin, the one used last at the end. */
  readonly #idle = new Map<string, HttpConnection[]>();

  /** Sends GET. @param signal ends it, also while its body comes @throws the network's error */
  async get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const request = requestText(url, headers);
    for (;;) {
      const connection = this.#take(url);
      const mayBeStale = connection.hasServed;
      const abort = (): void => connection.destroy(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      const release = (): void => signal.removeEventListener('abort', abort);
      try {
        return this.#answer(await connection.ask(request), connection, { url, release });
      } catch (error) {
        release();
        connection.destroy();
        if (!mayBeStale || connection.hasBegun || signal.aborted) throw error;
      }
    }
  }

  /** Closes all of them. */
  close(): void {
    for (const connection of this.#all) connection.destroy();
  }

  #answer({ status, headers, length, keepsAlive }: HttpHead, connection: HttpConnection, { url, release }: { readonly url: URL; readonly release: () => void }): HttpAnswer {
    const receive = async (into: Pieces, onBytes: (count: number) => void): Promise<void> => {
      try {
        await connection.receive(into, onBytes);
      } finally {
        release();
      }
      if (keepsAlive) this.#keep(url, connection);
      else connection.destroy();
    };
    const drop = (): void => {
      if (length !== undefined && length <= SHORT_BODY) receive(new Pieces([new Uint8Array(length)]), () => undefined).catch(() => undefined);
      else connection.destroy();
    };
    return { status, headers, length, receive, drop };
  }

  #take(url: URL): HttpConnection {
    const idle = this.#idle.get(url.origin)?.pop();
    idle?.hold(true);
    if (idle !== undefined) return idle;
    const connection = new HttpConnection(url, () => {
      this.#all.delete(connection);
      for (const waiting of this.#idle.values()) {
        const at = waiting.indexOf(connection);
        if (at >= 0) waiting.splice(at, 1);
      }
    });
    this.#all.add(connection);
    return connection;
  }

  #keep({ origin }: URL, connection: HttpConnection): void {
    if (!this.#all.has(connection)) return;
    connection.hold(false);
    this.#idle.set(origin, [...(this.#idle.get(origin) ?? []), connection]);
  }
}

function requestText({ host, pathname, search, username, password }: URL, headers: Readonly<Record<string, string>>): string {
  const lines = [`GET ${pathname}${search} HTTP/1.1`, `host: ${host}`];
  if (username !== '' || password !== '') {
    lines.push(`authorization: Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`);
  }
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return `${[...lines, 'connection: keep-alive'].join('\r\n')}\r\n\r\n`;
}
