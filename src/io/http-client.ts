import type http from 'node:http';
import { IoError, UnsupportedError } from '../errors.js';
import type { Access } from './access.js';
import { locationName, parseUrl } from './location.js';
import { type HttpAnswer, HttpConnections } from './http-connections.js';
import type { HttpStreams, StreamedAnswer } from './http-streams.js';
import { networkFault, isPassingStatus } from './network-fault.js';
import { type AskedRange, parseContentRange, type RangeAnswer, type RangeClient } from './range-client.js';
import { TransientError } from './retry.js';

const LONGEST_CHAIN = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** What a place answers that a redirection led to for a while: stores do so in several ways, S3 by 400 where a token has expired. */
const EXPIRED = [400, 401, 403, 404, 410];
const RANGED = [206, 416];
const HEADERS = { 'accept-encoding': 'identity', 'user-agent': 'rastq' };

const NO_BODY: RangeAnswer['body'] = { receive: () => Promise.resolve(), drop: () => undefined };

/** Asks an HTTP server for ranges of one URL, over connections that are kept. */
export class HttpRangeClient implements RangeClient {
  readonly name: string;
  readonly #first: URL;
  readonly #most: number;
  readonly #connections = new HttpConnections();
  /** Loaded when it is needed. */
  #streams: Promise<HttpStreams> | undefined;
  /** Whether answers come with their length, as nearly all do; others are Node's own HTTP to read. */
  #tellsLength = true;
  /** Where the last redirection led: what is asked next begins there. */
  #url: URL;

  constructor(location: string, { connections }: Pick<Access, 'connections'>) {
    this.name = locationName(location);
    this.#first = this.#url = parseUrl(location);
    this.#most = connections;
  }

  async request(range: AskedRange, version: string | undefined, signal: AbortSignal): Promise<RangeAnswer> {
    const { position, length } = range;
    const headers = { range: `bytes=${position}-${position + length - 1}`, ...condition(version) };
    const answer = await this.#askRange(headers, signal);
    const ranged = this.#checkRange(answer, version);
    if (ranged !== undefined) return ranged;
    answer.drop();
    throw await this.#refused(answer);
  }

  async requestWhole(signal: AbortSignal): Promise<{ readonly length: number | undefined; readonly body: http.IncomingMessage }> {
    const answer = await this.#ask((url) => this.#stream(url, {}, signal), [200]);
    const { 'content-encoding': encoding = 'identity' } = answer.headers;
    if (encoding === 'identity') return { length: answer.length, body: answer.stream };
    answer.drop();
    throw new UnsupportedError(`${this.name}: its server sends it compressed (${encoding}) though asked not to`);
  }

  close(): void {
    this.#connections.close();
    void this.#streams?.then((streams) => streams.close());
  }

  async #askRange(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    if (this.#tellsLength) {
      const answer = await this.#ask((url) => this.#get(url, headers, signal), RANGED);
      if (answer.length !== undefined) return answer;
      answer.drop();
      this.#tellsLength = false;
    }
    return this.#ask((url) => this.#stream(url, headers, signal), RANGED);
  }

  /** Sends a request and follows redirections, until an answer has one of the wanted statuses. Others may be under way to other places. */
  async #ask<Answer extends HttpAnswer>(send: (url: URL) => Promise<Answer>, wanted: readonly number[]): Promise<Answer> {
    let url = this.#url;
    for (let links = 0; links <= LONGEST_CHAIN; links++) {
      const answer = await this.#sendTo(url, send);
      const { status } = answer;
      const { location } = answer.headers;
      if (wanted.includes(status)) return answer;
      answer.drop();
      if (status === 200) throw noRanges(this.name);
      if (REDIRECTS.includes(status) && location !== undefined && URL.canParse(location, url.href)) {
        url = this.#url = this.#next(new URL(location, url), url);
        continue;
      }
      this.#leave(url);
      // Redirections to signed places hold for a while only: one that was just made does.
      if (links > 0 || url === this.#first || !EXPIRED.includes(status)) throw await this.#refused(answer);
      url = this.#first;
    }
    throw new IoError(`${this.name}: cannot open: redirected more than ${LONGEST_CHAIN} times`);
  }

  async #sendTo<Answer>(url: URL, send: (url: URL) => Promise<Answer>): Promise<Answer> {
    try {
      return await send(url);
    } catch (error) {
      this.#leave(url);
      throw error;
    }
  }

  /** Asks the first URL again the next time: what it redirects to may be another place by now. */
  #leave(url: URL): void {
    if (this.#url.href === url.href) this.#url = this.#first;
  }

  /** Where a redirection from `from` leads. @throws IoError where that is no place of HTTP */
  #next(next: URL, from: URL): URL {
    if (next.protocol !== 'http:' && next.protocol !== 'https:') {
      throw new IoError(`${this.name}: cannot open: redirected to ${next.protocol}, wanted http or https`);
    }
    // A password is for the host it was given for, and for no connection that shows it.
    if (next.host === from.host && next.protocol === from.protocol) {
      next.username = from.username;
      next.password = from.password;
    }
    return next;
  }

  async #get(url: URL, more: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      return await this.#connections.get(url, { ...HEADERS, ...more }, signal);
    } catch (cause) {
      throw networkFault(`${this.name}: cannot open`, cause);
    }
  }

  /** As `#get`, by Node's own HTTP. */
  async #stream(url: URL, more: Readonly<Record<string, string>>, signal: AbortSignal): Promise<StreamedAnswer> {
    const streams = await (this.#streams ??= import('./http-streams.js').then(({ HttpStreams }) => new HttpStreams(this.#most)));
    try {
      return await streams.get(url, { ...HEADERS, ...more }, signal);
    } catch (cause) {
      throw networkFault(`${this.name}: cannot open`, cause);
    }
  }

  /** The answer's range; undefined for a 416 that means a failure. */
  #checkRange(answer: HttpAnswer, version: string | undefined): RangeAnswer | undefined {
    const { status, headers } = answer;
    const range = parseContentRange(headers['content-range']);
    const isEmpty = status === 416 && range?.size === 0;
    if (status === 416 && !isEmpty) return undefined;
    const encoding = headers['content-encoding'] ?? 'identity';
    if (range === undefined || encoding !== 'identity') {
      answer.drop();
      throw noRanges(this.name);
    }
    const { etag, 'last-modified': modified } = headers;
    if (isEmpty) answer.drop();
    // An answer may lack what the first one had: the condition it was asked under holds all the same.
    return { ...range, version: etag ?? modified ?? version, body: isEmpty ? NO_BODY : answer };
  }

  async #refused({ status, headers }: HttpAnswer): Promise<Error> {
    const { STATUS_CODES } = await import('node:http');
    if (isPassingStatus(status)) {
      return new TransientError(`the server answered ${status} ${STATUS_CODES[status]}`, { pauseMs: wantedPause(headers['retry-after']) });
    }
    if (status === 412) return new IoError(`${this.name}: was replaced while it was being read: start again`);
    const said = `${this.name}: cannot open: the server answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
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
function condition(version: string | undefined): Readonly<Record<string, string>> {
  if (version === undefined || version.startsWith('W/')) return {};
  return version.startsWith('"') ? { 'if-match': version } : { 'if-unmodified-since': version };
}

/** How long a server wants to be left alone, ms: it says seconds or a date, RFC 9110, 10.2.3. */
function wantedPause(text = '0'): number {
  const ms = Number.isNaN(Number(text)) ? Date.parse(text) - Date.now() : Number(text) * 1000;
  return ms > 0 ? ms : 0;
}

function noRanges(name: string): UnsupportedError {
  return new UnsupportedError(`${name}: its server does not serve ranges of bytes, give --spool to copy it to a temporary file first`);
}
