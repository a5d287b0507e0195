import http from 'node:http';
import https from 'node:https';
import { IoError, UnsupportedError } from '../errors.js';
import type { Access } from './access.js';
import { type Agents, createAgents } from './agents.js';
import { locationName, parseUrl } from './location.js';
import { networkFault, isPassingStatus } from './network-fault.js';
import { type AskedRange, parseContentRange, type RangeAnswer, type RangeClient } from './range-client.js';
import { TransientError } from './retry.js';

const LONGEST_CHAIN = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Asks an HTTP server for ranges of one URL, over connections that are kept. */
export class HttpRangeClient implements RangeClient {
  readonly name: string;
  readonly #first: URL;
  readonly #agents: Agents;
  /** Where the last redirection led. */
  #url: URL;

  constructor(location: string, { connections }: Pick<Access, 'connections'>) {
    this.name = locationName(location);
    this.#first = this.#url = parseUrl(location);
    this.#agents = createAgents({ keepAlive: true, maxSockets: connections, scheduling: 'lifo' });
  }

  async request(range: AskedRange, version: string | undefined, signal: AbortSignal): Promise<RangeAnswer> {
    const { position, length } = range;
    const headers = { range: `bytes=${position}-${position + length - 1}`, ...condition(version) };
    const answer = await this.#ask(headers, signal, [206, 416]);
    const ranged = this.#checkRange(answer, version);
    if (ranged !== undefined) return ranged;
    this.#drop(answer);
    throw this.#refused(answer);
  }

  async requestWhole(signal: AbortSignal): Promise<{ readonly length: number | undefined; readonly body: http.IncomingMessage }> {
    const body = await this.#ask({}, signal, [200]);
    const { 'content-length': length, 'content-encoding': encoding = 'identity' } = body.headers;
    if (encoding === 'identity') return { length: length === undefined ? undefined : Number(length), body };
    this.#drop(body);
    throw new UnsupportedError(`${this.name}: its server sends it compressed (${encoding}) though asked not to`);
  }

  close(): void {
    this.#agents['http:'].destroy();
    this.#agents['https:'].destroy();
  }

  /** Sends a request and follows redirections, until an answer has one of the wanted statuses. */
  async #ask(headers: http.OutgoingHttpHeaders, signal: AbortSignal, wanted: readonly number[]): Promise<http.IncomingMessage> {
    for (let links = 0; links <= LONGEST_CHAIN; links++) {
      const answer = await this.#send(headers, signal);
      const { statusCode: status = 0 } = answer;
      const { location } = answer.headers;
      if (wanted.includes(status)) return answer;
      this.#drop(answer);
      if (status === 200) throw noRanges(this.name);
      if (REDIRECTS.includes(status) && location !== undefined && URL.canParse(location, this.#url.href)) {
        this.#follow(new URL(location, this.#url));
      } else if (this.#url !== this.#first && [401, 403, 404, 410].includes(status)) {
        // Redirections to signed places hold for a while only.
        this.#url = this.#first;
      } else {
        throw this.#refused(answer);
      }
    }
    throw new IoError(`${this.name}: cannot open: redirected more than ${LONGEST_CHAIN} times`);
  }

  #follow(next: URL): void {
    if (next.protocol !== 'http:' && next.protocol !== 'https:') {
      throw new IoError(`${this.name}: cannot open: redirected to ${next.protocol}, wanted http or https`);
    }
    // A password is for the host it was given for, and for no connection that shows it.
    if (next.host === this.#url.host && next.protocol === this.#url.protocol) {
      next.username = this.#url.username;
      next.password = this.#url.password;
    }
    this.#url = next;
  }

  #send(more: http.OutgoingHttpHeaders, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { protocol } = this.#url;
    const headers = { 'accept-encoding': 'identity', 'user-agent': 'rastq', ...more };
    const isPlain = protocol === 'http:';
    return new Promise((resolve, reject) => {
      const request = (isPlain ? http : https).request(this.#url, { headers, signal, agent: this.#agents[isPlain ? 'http:' : 'https:'] });
      request.on('response', resolve);
      request.on('error', (cause) => reject(networkFault(`${this.name}: cannot open`, cause)));
      request.end();
    });
  }

  /** The answer's range; undefined for a 416 that means a failure. */
  #checkRange(answer: http.IncomingMessage, version: string | undefined): RangeAnswer | undefined {
    const { statusCode: status, headers } = answer;
    const range = parseContentRange(headers['content-range']);
    const isEmpty = status === 416 && range?.size === 0;
    if (status === 416 && !isEmpty) return undefined;
    const encoding = headers['content-encoding'] ?? 'identity';
    if (range === undefined || encoding !== 'identity') {
      this.#drop(answer);
      throw noRanges(this.name);
    }
    const { etag, 'last-modified': modified } = headers;
    if (isEmpty) this.#drop(answer);
    const body = { ...range, version: etag ?? modified, body: answer };
    // An answer may lack what the first one had: the condition it was asked under holds all the same.
    return body.version === undefined ? { ...body, version } : body;
  }

  #drop(answer: http.IncomingMessage): void {
    answer.on('error', () => undefined);
    // A short body is read to its end, so that its connection serves the next request.
    if (Number(answer.headers['content-length'] ?? Infinity) <= 16384) answer.resume();
    else answer.destroy();
  }

  #refused({ statusCode: status = 0, headers }: http.IncomingMessage): Error {
    if (isPassingStatus(status)) {
      const pauseMs = Number(headers['retry-after'] ?? 0) * 1000;
      return new TransientError(`the server answered ${status} ${http.STATUS_CODES[status]}`, { pauseMs: pauseMs >= 0 ? pauseMs : 0 });
    }
    if (status === 412) return new IoError(`${this.name}: was replaced while it was being read: start again`);
    const said = `${this.name}: cannot open: the server answered ${status} ${http.STATUS_CODES[status] ?? ''}`.trimEnd();
    switch (status) {
      case 401:
        return new IoError(`${said}: give name and password as https://NAME:PASSWORD@HOST/...`);
      case 403:
        return new IoError(`${said}: no permission, or a signed URL that has expired`);
      case 404:
      case 410:
        return Object.assign(new IoError(`${said}: there is no such file`), { code: 'ENOENT' });
      default:
        return new IoError(said);
    }
  }
}

/** Weak ETags never match, RFC 9110, 13.1.1: for them the answer's own is compared. */
function condition(version: string | undefined): http.OutgoingHttpHeaders {
  if (version === undefined || version.startsWith('W/')) return {};
  return version.startsWith('"') ? { 'if-match': version } : { 'if-unmodified-since': version };
}

function noRanges(name: string): UnsupportedError {
  return new UnsupportedError(`${name}: its server does not serve ranges of bytes, give --spool to copy it to a temporary file first`);
}
