import net from 'node:net';
import tls from 'node:tls';
import { type HttpHead, parseHttpHead } from './http-head.js';
import type { Pieces } from './pieces.js';
import { TransientError } from './retry.js';

/** What is no body's comes here, a piece at a time. */
const ROOM_BYTES = 16 * 1024;
/** As in Node's own HTTP. */
const LONGEST_HEAD = 16 * 1024;
const HEAD_END = '\r\n\r\n';

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

interface Receiving extends Waiting<void> {
  readonly into: Pieces;
  readonly onBytes: (count: number) => void;
}

/**
 * A connection that serves one request after another, and whose bodies the system writes where they are wanted. Node's own HTTP
 * copies a body twice, into memory that is new to the system, which takes longer than all else a reader does.
 */
export class HttpConnection {
  readonly #socket: net.Socket;
  readonly #room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  #asking: Waiting<HttpHead> | undefined;
  #receiving: Receiving | undefined;
  /** What has come of a head. */
  #text = '';
  /** Bytes of a body that are still to come. */
  #rest = 0;
  /** Those that came before it was known where they go, and how many were put there. */
  #early: Buffer[] = [];
  #done = 0;
  #hasServed = false;
  #failure: Error | undefined;

  /** @param onEnd called when it is closed */
  constructor({ protocol, hostname, port }: URL, onEnd: () => void) {
    const host = hostname.replace(/^\[|\]$/g, '');
    const onread = { buffer: () => this.#target(), callback: (count: number, bytes: Uint8Array) => this.#take(count, bytes) };
    if (protocol === 'https:') {
      // A name is said to the host, an address is not: RFC 6066, 3.
      const servername = net.isIP(host) === 0 ? host : '';
      this.#socket = tls.connect({ host, port: Number(port || 443), servername, ALPNProtocols: ['http/1.1'], onread } as tls.ConnectionOptions);
    } else {
      this.#socket = net.connect({ host, port: Number(port || 80), onread });
    }
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => {
      this.#fail(this.#receiving === undefined ? Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }) : this.#short('the connection was closed'));
      onEnd();
    });
  }

  /** Whether it has answered before: when it fails, that may be because the other side has closed it meanwhile. */
  get hasServed(): boolean {
    return this.#hasServed;
  }

  /** Whether anything has come of the answer that was asked for last. */
  get hasBegun(): boolean {
    return this.#asking === undefined || this.#text !== '';
  }

  /** Keeps the process alive, or not. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Sends a request; its answer has to be received, or the connection destroyed. @throws the network's error */
  ask(request: string): Promise<HttpHead> {
    return new Promise((resolve, reject) => {
      this.#asking = { resolve, reject };
      if (this.#failure === undefined) this.#socket.write(request, 'latin1');
      else reject(this.#failure);
    });
  }

  /**
   * Receives the body of the answer, to its last byte.
   * @param into as long as it should be
   * @throws TransientError where it is shorter or longer; the network's error
   */
  receive(into: Pieces, onBytes: (count: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#receiving = { into, onBytes, resolve, reject };
      this.#done = 0;
      if (this.#rest > into.length) {
        this.#refuse(new TransientError(`it sent more than the ${into.length} bytes it promised`));
        return;
      }
      for (const bytes of this.#early.splice(0)) {
        into.set(bytes, this.#done);
        this.#count(bytes.length);
      }
      // It may be whole though the connection is closed by now.
      if (this.#rest === 0 && this.#done === 0) this.#count(0);
      else if (this.#failure !== undefined) this.#fail(this.#failure);
    });
  }

  destroy(reason?: Error): void {
    this.#socket.destroy(reason);
  }

  /** Where the system writes next. */
  #target(): Uint8Array {
    if (this.#receiving === undefined || this.#rest === 0) return this.#room;
    return this.#receiving.into.at(this.#done).subarray(0, this.#rest);
  }

  #take(count: number, bytes: Uint8Array): boolean {
    if (bytes.buffer === this.#room.buffer) this.#read(this.#room.subarray(0, count));
    else this.#count(count);
    return true;
  }

  /** Reads what came beside the place of a body. */
  #read(bytes: Buffer): void {
    if (this.#asking === undefined) this.#readBody(bytes);
    else this.#readHead(bytes);
  }

  #readHead(bytes: Buffer): void {
    const before = this.#text.length;
    this.#text += bytes.toString('latin1');
    const end = this.#text.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#text.length > LONGEST_HEAD) this.#refuse(new Error(`the head of its answer has more than ${LONGEST_HEAD} bytes`));
      return;
    }
    const head = parseHttpHead(this.#text.slice(0, end));
    this.#text = '';
    if (head === undefined) {
      this.#refuse(new Error('its answer is not of HTTP/1.1'));
      return;
    }
    // What only announces the answer comes before it.
    if (head.status >= 200) {
      this.#hasServed = true;
      this.#rest = head.length ?? 0;
      this.#asking!.resolve(head);
      this.#asking = undefined;
    }
    const more = bytes.subarray(end + HEAD_END.length - before);
    if (more.length > 0) this.#read(more);
  }

  #readBody(bytes: Buffer): void {
    const early = this.#early.reduce((sum, { length }) => sum + length, 0);
    if (early + bytes.length > this.#rest) {
      this.#refuse(new TransientError('it sent more than it promised'));
    } else if (this.#receiving === undefined) {
      this.#early.push(Buffer.from(bytes));
    } else {
      this.#receiving.into.set(bytes, this.#done);
      this.#count(bytes.length);
    }
  }

  /** Bytes of the body were put where they go. */
  #count(count: number): void {
    const { into, onBytes, resolve } = this.#receiving!;
    this.#done += count;
    this.#rest -= count;
    onBytes(count);
    if (this.#rest > 0) return;
    if (this.#done < into.length) {
      this.#refuse(this.#short('it ended'));
      return;
    }
    this.#receiving = undefined;
    resolve();
  }

  #short(what: string): TransientError {
    const { length } = this.#receiving!.into;
    return new TransientError(`${what} ${length - this.#done} bytes short of ${length}`);
  }

  /** Fails, whether the connection is open or not, and closes it. */
  #refuse(error: Error): void {
    this.#fail(error);
    this.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#asking?.reject(error);
    this.#receiving?.reject(error);
  }
}
