import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A TCP relay that makes a near server a far one: the first byte of each answer comes so much later, and no connection
 * gets more than so many bytes a second. Run as a program: `relay.js PORT-OF-SERVER`; it prints its own port.
 */
const DELAY_MS = 40;
const BYTES_A_SECOND = 60_000_000;
/** What a connection may be ahead of its rate: the grain in which sleeping is worth it. */
const GRAIN_BYTES = 256 * 1024;

/** Passes bytes on in one direction, never faster than the rate. */
class Passage {
  readonly #from: Socket;
  readonly #to: Socket;
  /** When the bytes passed so far are due at the rate. */
  #due = 0;
  /** How late the next bytes are. */
  #lateMs = 0;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
  }

  /** A new request is on its way: its answer's first byte is late. */
  delay(): void {
    this.#lateMs = DELAY_MS;
  }

  async run(onBytes: () => void): Promise<void> {
    try {
      for await (const chunk of this.#from as AsyncIterable<Buffer>) {
        onBytes();
        const lateMs = this.#lateMs;
        this.#lateMs = 0;
        if (lateMs > 0) await sleep(lateMs);
        this.#due = Math.max(this.#due, performance.now()) + (chunk.length / BYTES_A_SECOND) * 1000;
        if (!this.#to.write(chunk)) await once(this.#to, 'drain');
        const aheadMs = this.#due - performance.now();
        if (aheadMs > (GRAIN_BYTES / BYTES_A_SECOND) * 1000) await sleep(aheadMs);
      }
      this.#to.end();
    } catch {
      // One side has gone: so does the other.
      this.#from.destroy();
      this.#to.destroy();
    }
  }
}

const target = Number(process.argv[2]);
const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
  const far = connect({ port: target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  far.on('error', () => near.destroy());
  near.on('error', () => far.destroy());
  const answers = new Passage(far, near);
  void answers.run(() => undefined);
  void new Passage(near, far).run(() => answers.delay());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`);
});
