import type { Writable } from 'node:stream';
import { textOf, WorkerError } from '../errors.js';
import { loadOperation } from '../ops/load.js';
import type { Operation } from '../ops/operation.js';
import { earnedCode } from './exit-code.js';
import { failAstray, heedStrays } from './stray-failures.js';
import { keepPrintsOff, standardOutput } from './standard-output.js';

/** Those that are loaded into this thread, as the user refers to them. */
const names = new Set<string>();

/**
 * Loads a user's operation into this thread, where it may do as it likes from then on: print, throw from a timer.
 * @param timeoutMs what loading may take
 * @throws WorkerError where it takes longer, or throws meanwhile in no call of rastq's
 */
export async function loadUsers(name: string, timeoutMs: number): Promise<Operation> {
  if (names.size === 0) {
    keepPrintsOff();
    // Promises that are rejected and nobody waits for come here too.
    process.on('uncaughtException', (cause: unknown) => {
      failAstray(new WorkerError(`operation ${[...names].join(' or ')} failed outside of its calls: ${textOf(cause)}`, { cause }));
    });
  }
  names.add(name);
  let timer: NodeJS.Timeout | undefined;
  let forget: (() => void) | undefined;
  const failure = new Promise<never>((_, reject) => {
    forget = heedStrays(reject);
    if (timeoutMs === Infinity) return;
    const late = (): void => reject(new WorkerError(`operation ${name} did not finish loading within ${timeoutMs / 1000} s, which --task-timeout sets`));
    // Where nothing else keeps the process, nothing can end the loading either: it is over at once.
    timer = setTimeout(late, timeoutMs).unref();
  });
  try {
    return await Promise.race([loadOperation(name), failure]);
  } finally {
    clearTimeout(timer);
    forget?.();
  }
}

/** Ends the process where such modules are in it, which what they left open would keep: timers, servers. What was written is out by then. */
export async function endWithUsers(): Promise<void> {
  if (names.size === 0) return;
  await Promise.all([standardOutput, process.stderr].map(written));
  // What threads printed last comes behind their end; and what a stream could not write is told behind that.
  await new Promise(setImmediate);
  const code = earnedCode() ?? 0;
  // Theirs may listen too, and come before.
  process.once('exit', () => {
    process.exitCode = code;
  });
  process.exit(code);
}

/** Resolves when all that was written to a stream is out, or cannot be. */
function written(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.errored !== null) resolve();
    else stream.once('error', () => resolve()).write('', () => resolve());
  });
}
