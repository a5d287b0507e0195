import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What a server does instead of answering well. */
export type Fault = 'drop' | 'drop midway' | 'stall' | 'stall midway' | 'truncate' | 'wrong range' | 'too much' | 429 | 500 | 503;

export interface Served {
  readonly url: string;
  /** What was asked for, in that order. */
  readonly asked: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[];
  /** The most requests that were under way at one time. */
  mostAtOnce: number;
  /** The ranges that were asked for, first and last byte, and the bytes of bodies that were sent. */
  readonly ranges: [first: number, last: number][];
  bytesSent: number;
  /** What is served; another may be put in its place. */
  bytes: Uint8Array;
  etag: string | undefined;
}

export interface ServeOptions {
  /** The fault of the n-th request, from 0; undefined: it is answered well. Where it is promised, the answer waits for it. */
  readonly fault?: (n: number) => Fault | undefined | Promise<undefined>;
  readonly etag?: string;
  /** Of a server that is spoken to by TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Serves bytes by ranges, as well or as badly as a test wants it. */
export async function serveBytes(t: TestContext, bytes: Uint8Array, { fault = () => undefined, etag = '"1"', tls }: ServeOptions = {}): Promise<Served> {
  const served: Served & { url: string } = { url: '', asked: [], mostAtOnce: 0, ranges: [], bytesSent: 0, bytes, etag };
  const underWay = new Set<IncomingMessage>();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    underWay.add(request);
    response.on('close', () => underWay.delete(request));
    served.mostAtOnce = Math.max(served.mostAtOnce, underWay.size);
    const own = fault(served.asked.push(request) - 1);
    if (own instanceof Promise) void own.then(() => answer(request, response, served, undefined));
    else answer(request, response, served, own);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  served.url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/in.tif`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return served;
}

function answer(request: IncomingMessage, response: ServerResponse, served: Served, fault: Fault | undefined): void {
  const { bytes, etag } = served;
  if (fault === 'drop') return void request.socket.destroy();
  if (fault === 'stall') return;
  if (typeof fault === 'number') return void response.writeHead(fault).end('later');
  const condition = request.headers['if-match'];
  if (condition !== undefined && condition !== etag) return void response.writeHead(412).end();
  const [first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')!.slice(1).map(Number);
  const start = fault === 'wrong range' ? first + 1 : first;
  const end = Math.min(last + 1, bytes.length);
  served.ranges.push([first, last]);
  const body = bytes.subarray(start, end);
  const half = body.subarray(0, body.length / 2);
  // Without a length of its own the body ends where the connection does.
  const length = fault === 'truncate' || fault === 'too much' ? {} : { 'content-length': body.length };
  response.writeHead(206, { ...length, 'content-range': `bytes ${start}-${end - 1}/${bytes.length}`, ...(etag === undefined ? {} : { etag }) });
  const sent = fault === 'truncate' || fault === 'drop midway' || fault === 'stall midway' ? half : body;
  served.bytesSent += sent.length;
  response.write(sent, () => {
    if (fault === 'drop midway') request.socket.destroy();
  });
  if (fault === 'too much') response.write('more');
  if (fault !== 'drop midway' && fault !== 'stall midway') response.end();
}
