import { connect, createServer, type Socket } from 'node:net';

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
  /** What has to come to pass before more is taken. */
  #holds = 0;
  #hasEnded = false;

  constructor(from: Socket, to: Socket, onBytes: () => void) {
    this.#from = from;
    this.#to = to;
    from.on('data', (chunk) => {
      onBytes();
      const lateMs = this.#lateMs;
      this.#lateMs = 0;
      if (lateMs > 0) this.#holdFor(lateMs, () => this.#pass(chunk));
      else this.#pass(chunk);
    });
    // A socket may end while its last bytes are held.
    from.on('end', () => {
      if (this.#holds === 0) to.end();
      else this.#hasEnded = true;
    });
    // Where one side goes, so does the other.
    from.on('error', () => to.destroy());
    from.on('close', (hadError) => {
      if (hadError) to.destroy();
    });
  }

  /** A new request is on its way: its answer's first byte is late. */
  delay(): void {
    this.#lateMs = DELAY_MS;
  }

  #pass(chunk: Buffer): void {
    this.#due = Math.max(this.#due, performance.now()) + (chunk.length / BYTES_A_SECOND) * 1000;
    if (!this.#to.write(chunk)) {
      this.#hold();
      this.#to.once('drain', () => this.#release());
    }
    const aheadMs = this.#due - performance.now();
    if (aheadMs > (GRAIN_BYTES / BYTES_A_SECOND) * 1000) this.#holdFor(aheadMs);
  }

  #holdFor(milliseconds: number, then?: () => void): void {
    this.#hold();
    setTimeout(() => {
      then?.();
      this.#release();
    }, milliseconds);
  }

  #hold(): void {
    this.#holds++;
    this.#from.pause();
  }

  #release(): void {
    if (--this.#holds > 0) return;
    if (this.#hasEnded) this.#to.end();
    else this.#from.resume();
  }
}

const target = Number(process.argv[2]);
const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
  const far = connect({ port: target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  const answers = new Passage(far, near, () => undefined);
  new Passage(near, far, () => answers.delay());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`);
});
