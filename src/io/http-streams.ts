import http from 'node:http';
import https from 'node:https';
import { type Agents, createAgents } from './agents.js';
import type { HttpAnswer } from './http-connections.js';
import { streamedBody } from './receive-body.js';

/** An answer whose body is a stream. */
export type StreamedAnswer = HttpAnswer & { readonly stream: http.IncomingMessage };

/** Requests by Node's own HTTP: it knows all ways that a body can come, but is slower, and takes a while to load. */
export class HttpStreams {
  readonly #agents: Agents;

  /** @param connections at one time, which are kept */
  constructor(connections: number) {
    this.#agents = createAgents({ keepAlive: true, maxSockets: connections, scheduling: 'lifo' });
  }

  /** @throws the system's error */
  get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<StreamedAnswer> {
    const isPlain = url.protocol === 'http:';
    return new Promise((resolve, reject) => {
      const request = (isPlain ? http : https).request(url, { headers, signal, agent: this.#agents[isPlain ? 'http:' : 'https:'] });
      request.on('response', (stream) => {
        const { statusCode: status = 0, headers } = stream;
        const { 'content-length': length } = headers;
        resolve({ status, headers: headers as HttpAnswer['headers'], length: length === undefined ? undefined : Number(length), stream, ...streamedBody(stream) });
      });
      request.on('error', reject);
      request.end();
    });
  }

  close(): void {
    this.#agents['http:'].destroy();
    this.#agents['https:'].destroy();
  }
}
