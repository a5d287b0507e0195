import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { until } from '../../support/children.js';

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

/** What becomes of a request, the n-th from 0, after those that the server has answered; one that has to wait for something is promised its fault. */
export type Faults = (asked: Asked, n: number, answered: readonly Asked[]) => RelayFault | undefined | Promise<RelayFault | undefined>;

export interface Relay {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Those that the server has answered, in that order. */
  readonly answered: readonly Asked[];
  /** Waits until nobody is connected, and what was asked for is done: what a run that is over has sent last may not have arrived yet. */
  idle(): Promise<void>;
}

/** Passes requests on to a server, as well or as badly as a test wants it. */
export async function startRelay(t: TestContext, server: string, faults: Faults): Promise<Relay> {
  const asked: Asked[] = [];
  const answered: Asked[] = [];
  const sockets = new Set<Socket>();
  let underWay = 0;
  const relay = createServer((request, response) => {
    const one = { method: request.method!, url: new URL(request.url!, server) };
    asked.push(one);
    underWay++;
    void passOn(request, response, one, asked.length - 1).finally(() => underWay--);
  });
  relay.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const passOn = async (request: IncomingMessage, response: ServerResponse, one: Asked, n: number): Promise<void> => {
    try {
      await pass(request, response, one.url, { fault: await faults(one, n, answered), onAnswer: () => answered.push(one) });
    } catch {
      request.socket.destroy();
    }
  };
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    relay.closeAllConnections();
    relay.close();
  });
  const idle = (): Promise<void> => until('what was asked for is done', () => sockets.size === 0 && underWay === 0);
  return { url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`, asked, answered, idle };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { fault, onAnswer }: { readonly fault: RelayFault | undefined; readonly onAnswer: () => void },
): Promise<void> {
  if (fault === 'drop') return void request.socket.destroy();
  if (fault === 'stall') return void request.resume();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (typeof fault === 'number') return void response.writeHead(fault, { 'content-length': 0 }).end();
  if (fault === 'drop midway') {
    await forward(request, url, body.subarray(0, body.length / 2), body.length).catch(() => undefined);
    return void request.socket.destroy();
  }
  if (fault === 'repeat') await forward(request, url, body, body.length);
  const answer = await forward(request, url, body, body.length);
  onAnswer();
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
