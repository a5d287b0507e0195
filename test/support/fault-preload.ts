import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { Codec } from '../../src/codecs/codec.js';
import codec from '../../src/codecs/deflate.js';
import operation from '../../src/ops/normalize.js';
import type { Operation } from '../../src/ops/operation.js';

/**
 * Loaded into rastq's processes and threads by `NODE_OPTIONS=--import`, ahead of rastq itself: makes one of them fail
 * at a chosen moment, with nothing in rastq's own sources that knows of it. `faults.ts` sets the variables. It is the program
 * of dist/src that runs then, where codecs and operations have files of their own.
 *
 * FAULT is PLACE:ACTION:CALL: what happens at which call, counted from 1 in each thread or process. Places are the start
 * of a thread, `boot`, or of a pool's process, `boot-process`; a block's decoding and a tile's encoding with DEFLATE,
 * `decode` and `encode`, which can be made to `spoil` what it encodes; the normalize operation's `apply`; and reads and writes
 * of files at a position, by a thread or a pool's process.
 * FAULT_ONCE names a file: of all threads and processes, the one that makes it meets the fault.
 */
const [place, action, call] = (process.env['FAULT'] ?? '').split(':');
const ONCE = process.env['FAULT_ONCE'] ?? '';
const GATE = process.env['FAULT_GATE'] ?? '';
/** A process that nobody lets go on ends by itself. */
const LONGEST_HOLD_MS = 120_000;

let calls = 0;

function arrive(at: string, bytes?: Uint8Array): void {
  if (at !== place || ++calls !== Number(call)) return;
  if (ONCE === '' || isFirst()) act(bytes);
}

function isFirst(): boolean {
  try {
    fs.closeSync(fs.openSync(ONCE, 'wx'));
    return true;
  } catch {
    return false;
  }
}

function act(bytes: Uint8Array | undefined): void {
  switch (action) {
    case 'throw':
      throw new RangeError('thrown by the test');
    case 'exit':
      process.exit(7);
      break;
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      break;
    case 'exhaust':
      exhaust();
      break;
    case 'wedge':
      for (;;);
      break;
    case 'block':
      // Within a call of the system, which nothing but the end of the process gets it out of: nobody writes to that pipe.
      fs.openSync(`${GATE}.pipe`, 'r');
      break;
    case 'spoil':
      bytes![0] ^= 1;
      break;
    case 'hold':
      hold();
      break;
    default:
      // A system error, by its code.
      throw Object.assign(new Error(`${action}: made by the test`), { code: action });
  }
}

/** Fills the heap of its thread or process. */
function exhaust(): void {
  const all: number[][] = [];
  for (;;) all.push(new Array<number>(100_000).fill(all.length));
}

/** Says that it is here, by a file with the process's number, and blocks its thread until the test lets it go on. */
function hold(): void {
  fs.writeFileSync(`${GATE}.held`, String(process.pid));
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let held = 0; held < LONGEST_HOLD_MS && !fs.existsSync(`${GATE}.release`); held += 10) Atomics.wait(clock, 0, 0, 10);
}

const isPoolProcess = isMainThread && process.channel !== undefined;
if (!isMainThread) arrive('boot');
else if (isPoolProcess) arrive('boot-process');

/** What is wrapped here gives its loops at once. */
interface Deflate {
  openDecoder: () => Exclude<ReturnType<Codec['openDecoder']>, Promise<unknown>>;
  readonly encoding: { openEncoder: (level: number) => Exclude<ReturnType<NonNullable<Codec['encoding']>['openEncoder']>, Promise<unknown>> };
}

const deflate = codec as unknown as Deflate;
const { openDecoder } = deflate;
deflate.openDecoder = () => {
  const decode = openDecoder();
  return (encoded, raw) => {
    arrive('decode');
    return decode(encoded, raw);
  };
};

const { openEncoder } = deflate.encoding;
deflate.encoding.openEncoder = (level) => {
  const encode = openEncoder(level);
  return (raw, ...into) => {
    arrive('encode', raw);
    return encode(raw, ...into);
  };
};

const normalize = operation as { open: Operation['open'] };
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

if (!isMainThread || isPoolProcess) {
  const { readSync, writeSync } = fs;
  // A pipe has no positions.
  const isAtPosition = (args: readonly unknown[]): boolean => typeof args[4] === 'number';
  fs.readSync = ((...args: Parameters<typeof readSync>) => {
    if (isAtPosition(args)) arrive('read');
    return readSync(...args);
  }) as typeof readSync;
  fs.writeSync = ((...args: Parameters<typeof writeSync>) => {
    if (isAtPosition(args)) arrive('write');
    return writeSync(...args);
  }) as typeof writeSync;
  syncBuiltinESMExports();
}
