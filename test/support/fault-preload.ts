import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { Operation } from '../../src/ops/operation.js';

/**
 * Loaded into rastq's processes and threads by `NODE_OPTIONS=--import`, ahead of rastq itself: makes one of them fail
 * at a chosen moment, with nothing in rastq's own sources that knows of it. `faults.ts` sets the variables.
 *
 * FAULT is PLACE:ACTION:CALL: what happens at which call, counted from 1 in each thread or process. Places are the
 * normalize operation's `apply`, and a thread's reads and writes of files at a position.
 */
const [place, action, call] = (process.env['FAULT'] ?? '').split(':');
const GATE = process.env['FAULT_GATE'] ?? '';
/** A process that nobody lets go on ends by itself. */
const LONGEST_HOLD_MS = 120_000;

let calls = 0;

function arrive(at: string): void {
  if (at === place && ++calls === Number(call)) act();
}

function act(): void {
  switch (action) {
    case 'throw':
      throw new RangeError('thrown by the test');
    case 'exit':
      process.exit(7);
      break;
    case 'hold':
      hold();
      break;
    default:
      // A system error, by its code.
      throw Object.assign(new Error(`${action}: made by the test`), { code: action });
  }
}

/** Says that it is here, by a file with the process's number, and blocks its thread until the test lets it go on. */
function hold(): void {
  fs.writeFileSync(`${GATE}.held`, String(process.pid));
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let held = 0; held < LONGEST_HOLD_MS && !fs.existsSync(`${GATE}.release`); held += 10) Atomics.wait(clock, 0, 0, 10);
}

// Of the bundle, which is what the command line runs.
const { default: normalize } = (await import(new URL('../../bundle/ops/normalize.js', import.meta.url).href)) as { default: { open: Operation['open'] } };
const { open } = normalize;
normalize.open = (...setup) => {
  const kernel = open(...setup);
  return {
    ...kernel,
    apply: (...pixels) => {
      arrive('apply');
      kernel.apply(...pixels);
    },
  };
};

if (!isMainThread) {
  const { readSync, writeSync } = fs;
  fs.readSync = ((...args: Parameters<typeof readSync>) => {
    arrive('read');
    return readSync(...args);
  }) as typeof readSync;
  fs.writeSync = ((...args: Parameters<typeof writeSync>) => {
    arrive('write');
    return writeSync(...args);
  }) as typeof writeSync;
  syncBuiltinESMExports();
}
