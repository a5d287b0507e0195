import { deflateSync } from 'node:zlib';
import type { Handler } from '../../src/pools/stage.js';

/** What the stage of a test is asked to do. */
export type Deed =
  | 'echo'
  | 'throw'
  | 'throw a string'
  | 'throw later'
  | 'exit'
  | 'disconnect'
  | 'never answer'
  | 'block'
  | 'deflate';

/** A stage's module that does what its items say. Opening it with `refuse` fails. */
export function open(setup: unknown): Handler {
  if (setup === 'refuse') throw new Error('not to be opened');
  return { handle: async (item) => ({ value: await doIt(item as Deed) }) };
}

async function doIt(deed: Deed): Promise<string> {
  switch (deed) {
    case 'throw':
      throw Object.assign(new TypeError('as asked', { cause: new RangeError('the reason') }), { code: 'EASKED' });
    case 'throw a string':
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what operations throw is not ours to choose
      throw 'as asked';
    case 'throw later':
      // Nobody waits for this one: it ends the stage from outside of any call.
      setImmediate(() => {
        throw new TypeError('as asked, later');
      });
      return new Promise(() => undefined);
    case 'exit':
      return process.exit(7);
    case 'disconnect':
      process.disconnect();
      return new Promise(() => undefined);
    case 'never answer':
      // A handle on the event loop: a thread without one ends by itself.
      setInterval(() => undefined, 1000);
      return new Promise(() => undefined);
    case 'block':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120_000);
      return deed;
    case 'deflate':
      for (let i = 0; i < 500; i++) deflateSync(Buffer.of(i));
      return deed;
    default:
      return deed;
  }
}
