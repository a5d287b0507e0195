import { setMaxListeners } from 'node:events';
import { IoError, RastqError } from '../errors.js';
import type { Access, SourceSnapshot } from './access.js';
import { networkFault } from './network-fault.js';
import { Pieces } from './pieces.js';
import type { AskedRange, RangeAnswer, RangeClient } from './range-client.js';
import { retrying, TransientError } from './retry.js';
import { Slots } from './slots.js';

/** Fetches ranges of one object: some at a time, each whole, all of one version. */
export class RangeFetcher {
  version: string | undefined;
  readonly #client: RangeClient;
  readonly #access: Access;
  readonly #slots: Slots;
  readonly #stop = new AbortController();
  #size: number | undefined;

  /** @param known what the object has to be, as far as that is known */
  constructor(client: RangeClient, access: Access, known: Pick<SourceSnapshot, 'version'> & Partial<Pick<SourceSnapshot, 'size'>>) {
    this.#client = client;
    this.#access = access;
    this.version = known.version;
    this.#size = known.size;
    this.#slots = new Slots(access.connections);
    // Each request and each pause between tries listens.
    setMaxListeners(0, this.#stop.signal);
  }

  /** The first bytes, up to `length`, and what there is in all. Called once, first. */
  async open(length: number): Promise<{ readonly size: number; readonly bytes: Uint8Array }> {
    let bytes = new Uint8Array(0);
    const accept = (answer: RangeAnswer): Pieces => {
      this.#checkRange({ position: 0, length: Math.min(length, answer.size) }, answer);
      this.version ??= answer.version;
      this.#size = answer.size;
      bytes = new Uint8Array(answer.length);
      return new Pieces([bytes]);
    };
    await this.#retrying('cannot open', true, async () => {
      await this.#receive({ position: 0, length }, accept);
    });
    return { size: this.#size!, bytes };
  }

  /** A try after one that broke off goes on where that one ended. */
  fetch(position: number, into: Pieces): Promise<void> {
    let done = 0;
    return this.#slots.use(() =>
      this.#retrying(`cannot read ${into.length} bytes at ${position}`, false, async () => {
        const rest = { position: position + done, length: into.length - done };
        if (rest.length === 0) return;
        const accept = (answer: RangeAnswer): Pieces => {
          this.#checkWhole(rest, answer);
          return into.slice(done);
        };
        await this.#receive(rest, accept, (count) => (done += count));
      }),
    );
  }

  stop(): void {
    this.#stop.abort();
  }

  #retrying(step: string, isFirst: boolean, attempt: () => Promise<void>): Promise<void> {
    const { retries } = this.#access;
    return retrying(`${this.#client.name}: ${step}`, { retries, isFirst, signal: this.#stop.signal }, attempt);
  }

  #checkWhole(rest: AskedRange, answer: RangeAnswer): void {
    if (this.#size !== undefined && answer.size !== this.#size) throw replaced(this.#client.name);
    this.#size = answer.size;
    this.#checkRange(rest, answer);
  }

  #checkRange(rest: AskedRange, answer: RangeAnswer): void {
    if (answer.position !== rest.position || answer.length !== rest.length) {
      const said = `bytes ${answer.position}..${answer.position + answer.length}`;
      throw new TransientError(`it answered with ${said}, wanted ${rest.position}..${rest.position + rest.length}`);
    }
  }

  /**
   * One request, from its sending to the last byte. Stops where no byte comes for too long.
   * @param accept looks at an answer and tells where its bytes go
   */
  async #receive(range: AskedRange, accept: (answer: RangeAnswer) => Pieces, onBytes: (count: number) => void = () => undefined): Promise<void> {
    // Many wait for a place when they are stopped.
    this.#stop.signal.throwIfAborted();
    const own = new AbortController();
    const { timeoutMs } = this.#access;
    let isStalled = false;
    const timer = setTimeout(() => {
      isStalled = true;
      own.abort();
    }, timeoutMs);
    const stop = (): void => own.abort();
    this.#stop.signal.addEventListener('abort', stop);
    try {
      const answer = await this.#client.request(range, this.version, own.signal);
      const { body } = answer;
      try {
        if (this.version !== undefined && answer.version !== this.version) throw replaced(this.#client.name);
        const into = accept(answer);
        await body.receive(into, (count) => {
          timer.refresh();
          onBytes(count);
        });
      } catch (error) {
        body.drop();
        throw error;
      }
    } catch (error) {
      if (isStalled) throw new TransientError(`no byte came for ${timeoutMs / 1000} s`, { cause: error });
      if (error instanceof TransientError || error instanceof RastqError) throw error;
      throw networkFault(this.#client.name, error);
    } finally {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener('abort', stop);
    }
  }
}

/** The failure of a run whose input is no longer the one it began with. */
function replaced(name: string): IoError {
  return new IoError(`${name}: was replaced while it was being read: start again`);
}
