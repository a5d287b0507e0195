import { closeSync, constants, openSync, statSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ioError, systemCode } from '../errors.js';
import { uninterrupted } from '../io/uninterrupted.js';

const { O_CREAT, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants;
/** How often a pipe is tried. */
const PAUSE_MS = 20;

/**
 * Writes a report. One that goes to a named pipe waits for its reader, and a signal ends that: within the system's own call
 * none would be heard.
 * @throws IoError; the signal's reason
 */
export async function writeReport(path: string, text: string, signal: AbortSignal): Promise<void> {
  const bytes = Buffer.from(text);
  try {
    const fd = await whenReady(() => openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK), path, signal);
    try {
      for (let done = 0; done < bytes.length; ) done += await whenReady(() => writeSync(fd, bytes, done), path, signal);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw ioError(path, 'cannot write the report', cause);
  }
}

/** Does something as soon as nobody has to be waited for. @throws the system's error */
async function whenReady(action: () => number, path: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    try {
      return uninterrupted(action);
    } catch (error) {
      if (!isForNow(error, path)) throw error;
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

/** Whether a pipe is full, or has no reader yet: a socket has a file that is answered for as such a pipe is, and stays so. */
const isForNow = (error: unknown, path: string): boolean =>
  systemCode(error) === 'EAGAIN' || (systemCode(error) === 'ENXIO' && statSync(path).isFIFO());
