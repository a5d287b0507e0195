import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignalError } from '../errors.js';
import { endThreads } from '../pools/thread.js';
import { printable } from '../report/printable.js';
import { failureLine } from './log.js';

/** What a run is given to end by itself: less than the two seconds that it promises. */
const PATIENCE_MS = 1600;
/** What threads are given to end. */
const THREADS_MS = 150;

/** What stops a command. */
export interface Signals {
  readonly signal: AbortSignal;
  /** Says what there is to clean up at the process's end; what it gives is told, as what is left. It may not wait. */
  atEnd(cleanUp: () => string | undefined): void;
  /** The work is over: signals are the system's again, and nothing is cleaned up. */
  forget(): void;
}

/**
 * The first SIGINT or SIGTERM stops the run; a second one ends the process at once, and so does a run that does not end
 * in time, as with a thread within a call of the system.
 */
export function abortOnSignals(): Signals {
  const controller = new AbortController();
  const { signal } = controller;
  let cleanUp = (): string | undefined => undefined;
  const stop = (name: 'SIGINT' | 'SIGTERM'): void => {
    const reason = new SignalError(name);
    if (signal.aborted) {
      void endProcess(reason);
      return;
    }
    controller.abort(reason);
    // Also where the work is over and something keeps the process: nothing takes this back.
    setTimeout(() => void endProcess(reason), PATIENCE_MS).unref();
  };
  const last = (): void => {
    const left = cleanUp();
    const words = [...(signal.aborted ? [failureLine(signal.reason)] : []), ...(left === undefined ? [] : [left])];
    if (words.length > 0) say(`rastq: ${words.join('; ')}`);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('exit', last);
  return {
    signal,
    atEnd: (own) => {
      cleanUp = own;
    },
    forget: () => {
      process.off('SIGINT', stop).off('SIGTERM', stop).off('exit', last);
    },
  };
}

/** Ends the process, and cleans up as far as that goes without waiting. */
async function endProcess({ signal, exitCode }: SignalError): Promise<void> {
  const areEnded = await Promise.race([endThreads().then(() => true), sleep(THREADS_MS, false)]);
  if (!areEnded) {
    // To exit, Node waits for its threads. The signal itself does not, and to a shell its code is the same.
    process.once('exit', () => {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  }
  process.exit(exitCode);
}

/** Nobody may listen any more. */
function say(line: string): void {
  try {
    writeSync(2, `${printable(line)}\n`);
  } catch {
    // Then there is nobody to tell.
  }
}
