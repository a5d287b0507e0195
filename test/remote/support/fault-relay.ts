import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What becomes of a request on its way to the server. */
export type RelayFault =
  /** Nothing arrives. */
  | 'drop'
  /** Half of its body arrives. */
  | 'drop midway'
  /** It is done, and the answer gets lost. */
  | 'lose the answer'
  /** It is done, and half of the answer's body comes back. */
  | 'truncate the answer'
  /** It is done twice. */
  | 'repeat'
  /** Nothing happens. */
  | 'stall'
  | 429
  | 500
  | 503;

export interface Asked {
  readonly method: string;
  readonly url: URL;
}

export interface Relay {
  readonly url: string;
  readonly asked: Asked[];
}

/** Passes requests on to a server, as well or as badly as a test wants it. @param fault of the n-th request, from 0 */
export async function startRelay(t: TestContext, server: string, fault: (asked: Asked, n: number) => RelayFault | undefined): Promise<Relay> {
  const asked: Asked[] = [];
  const relay = createServer((request, response) => {
    const one = { method: request.method!, url: new URL(request.url!, server) };
    asked.push(one);
    pass(request, response, one.url, fault(one, asked.length - 1)).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    relay.closeAllConnections();
    relay.close();
  });
  return { url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`, asked };
}

async function pass(request: IncomingMessage, response: ServerResponse, url: URL, fault: RelayFault | undefined): Promise<void> {
  if (fault === 'drop') return void request.socket.destroy();
  if (fault === 'stall') return void request.resume();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (typeof fault === 'number') return void response.writeHead(fault, { 'content-length': 0 }).end();
  if (fault === 'drop midway') {
    forward(request, url, body.subarray(0, body.length / 2), body.length).catch(() => undefined);
    return void setTimeout(() => request.socket.destroy(), 200);
  }
  if (fault === 'repeat') await forward(request, url, body, body.length);
  const answer = await forward(request, url, body, body.length);
  if (fault === 'lose the answer') return void request.socket.destroy();
  response.writeHead(answer.status, answer.headers);
  if (fault !== 'truncate the answer') return void response.end(answer.body);
  response.write(answer.body.subarray(0, answer.body.length / 2), () => request.socket.destroy());
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Sends a request with the headers it came with, the host among them: they are signed. One that ends short is broken off. */
function forward({ method, headers }: IncomingMessage, url: URL, body: Buffer, length: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method: method!, headers, agent: false }, (answer) => {
      // Swift sends a body with answers to HEAD that say of an error: it is no part of the answer.
      if (method === 'HEAD') {
        const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => name !== 'transfer-encoding'));
        resolve({ status: answer.statusCode!, headers, body: Buffer.alloc(0) });
      }
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    if (body.length === length) sent.end(body);
    else sent.write(body, () => setTimeout(() => sent.destroy(), 100));
  });
}
