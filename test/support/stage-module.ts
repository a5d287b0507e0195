import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { deflateSync } from 'node:zlib';
import type { Handler } from '../../src/pools/stage.js';

/** What the stage of a test is asked to do. */
export type Deed =
  | 'echo'
  | 'throw'
  | 'throw a string'
  | 'throw later'
  | 'throw null later'
  | 'exit'
  | 'exit later'
  | 'disconnect'
  | 'never answer'
  | 'wait for others'
  | 'block'
  | 'spin'
  | 'wait for a program'
  | 'deflate';

/** A stage's module that does what its items say. Opening it with `refuse` fails, with `die` it dies, with `hang` it never ends. */
export function open(setup: unknown): Handler | Promise<Handler> {
  if (setup === 'refuse') throw new Error('not to be opened');
  if (setup === 'die') process.exit(8);
  if (setup === 'hang') return doIt('never answer') as Promise<never>;
  const interruption = new AbortController();
  return { handle: async (item) => ({ value: await doIt(item as Deed, interruption.signal) }), interrupt: () => interruption.abort() };
}

async function doIt(deed: Deed, interruption?: AbortSignal): Promise<string> {
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
    case 'throw null later':
      setImmediate(() => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- as above
        throw null;
      });
      return new Promise(() => undefined);
    case 'exit':
      return process.exit(7);
    case 'exit later':
      setImmediate(() => process.exit(7));
      return deed;
    case 'spin':
      for (;;);
    case 'wait for a program':
      spawnSync('sleep', ['12']);
      return deed;
    case 'disconnect':
      process.disconnect();
      return new Promise(() => undefined);
    case 'never answer':
      // A handle on the event loop: a thread without one ends by itself.
      setInterval(() => undefined, 1000);
      return new Promise(() => undefined);
    case 'wait for others':
      if (!interruption!.aborted) await once(interruption!, 'abort');
      throw new Error('interrupted');
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
