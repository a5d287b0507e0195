import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { SignalError, type StoppingSignal, WorkerError } from '../errors.js';
import { endThreads } from '../pools/thread.js';
import { printable } from '../report/printable.js';
import { exitCodeOf, failureLine } from './log.js';
import { heedStrays } from './stray-failures.js';

/** What a run is given to end by itself: less than the two seconds that it promises. */
const PATIENCE_MS = 1600;
/** What threads are given to end. */
const THREADS_MS = 150;

/** What stops a command. */
export interface Signals {
  readonly signal: AbortSignal;
  /** Says what there is to clean up where the process ends before the work does; what it gives is told, as what is left. It may not wait. */
  atEnd(cleanUp: () => string | undefined): void;
  /** The work is over: signals are the system's again, and nothing is cleaned up. */
  forget(): void;
}

const nothing = (): undefined => undefined;
let cleanUp: () => string | undefined = nothing;
let stoppedBy: SignalError | undefined;

/**
 * Does the work of the process. What ends the process before it, and is no signal, is mostly a user's module, which runs in
 * this thread when it is loaded and with `--pool inline`: that is no success, whatever code it gives.
 */
export async function toItsEnd(work: () => Promise<void>): Promise<void> {
  process.on('exit', endEarly);
  try {
    await work();
  } finally {
    process.off('exit', endEarly);
  }
}

function endEarly(code: number): void {
  const left = cleanUp();
  const why = stoppedBy ?? new WorkerError('the process was ended before its work was done, as by process.exit in an operation');
  // An error that nobody caught ends it with 1.
  if (stoppedBy === undefined && code !== 1) process.exitCode = exitCodeOf(why);
  say(`rastq: ${[failureLine(why), ...(left === undefined ? [] : [left])].join('; ')}`);
}

/**
 * The first SIGINT, SIGTERM or SIGHUP stops the run; a second one ends the process at once, and so does a run that does not end
 * in time, as with a thread within a call of the system. Of a terminal that is closed both the system and the shell may tell:
 * no SIGHUP is a second one.
 */
export function abortOnSignals(): Signals {
  const controller = new AbortController();
  const { signal } = controller;
  // To exit, Node puts the terminal in order, and aborts where that is closed. Then nothing tells any more that it is one.
  const isOnTerminal = [0, 1, 2].some((fd) => isatty(fd));
  const stop = (name: StoppingSignal): void => {
    if (name === 'SIGHUP' && signal.aborted) return;
    const reason = new SignalError(name);
    stoppedBy = reason;
    if (name === 'SIGHUP' && isOnTerminal) endBySignal(reason);
    if (signal.aborted) {
      void endProcess(reason);
      return;
    }
    controller.abort(reason);
    // Also where the work is over and something keeps the process: nothing takes this back.
    setTimeout(() => void endProcess(reason), PATIENCE_MS).unref();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  const forgetStrays = heedStrays((reason) => controller.abort(reason));
  return {
    signal,
    atEnd: (own) => {
      cleanUp = own;
    },
    forget: () => {
      process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
      forgetStrays();
      cleanUp = nothing;
    },
  };
}

/** Ends the process, and cleans up as far as that goes without waiting. */
async function endProcess(reason: SignalError): Promise<void> {
  const areEnded = await Promise.race([endThreads().then(() => true), sleep(THREADS_MS, false)]);
  // To exit, Node waits for its threads.
  if (!areEnded) endBySignal(reason);
  process.exit(reason.exitCode);
}

/** Has the signal itself end the process, where its code does, once the rest is done: that waits for nothing, and to a shell the code is the same. */
function endBySignal({ signal, exitCode }: SignalError): void {
  process.once('exit', (code) => {
    if (code !== exitCode) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Nobody may listen any more. */
function say(line: string): void {
  try {
    writeSync(2, `${printable(line)}\n`);
  } catch {
    // Then there is nobody to tell.
  }
}
