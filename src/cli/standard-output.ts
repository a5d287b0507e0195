import { Console } from 'node:console';
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ioError, isRastqError, systemCode } from '../errors.js';
import { createSpoolFolder } from '../io/spool.js';
import { earn, earnedCode } from './exit-code.js';
import { abortOnSignals } from './signals.js';

/** What a shell says of a program whose output nobody reads any more: 128 and the number of SIGPIPE. */
const UNREAD = 141;

/**
 * Standard output. Where it is a file, Node's own stream asks the system once for each piece and takes what was written for
 * all of it: on a disk that is full the file would end early, and nobody say so.
 */
export const standardOutput: Writable = process.stdout instanceof Socket ? process.stdout : createWriteStream('', { fd: 1, autoClose: false });

/**
 * Writes what a command was asked for to standard output. Where nobody reads it the command ends quietly, with a code that
 * says so unless there is one that says more.
 */
export function print(text: string): void {
  standardOutput.write(text, (error) => {
    if (systemCode(error) === 'EPIPE') earnUnread();
  });
}

/** The same, and an end of line. */
export const answer = (text: string): void => print(`${text}\n`);

/** There may be a code that says more. */
function earnUnread(): void {
  if (earnedCode() === undefined) earn(UNREAD);
}

/**
 * Has what is printed in this thread go to standard error from now on, as it does in all others: standard output is for what a
 * command was asked for. For the modules of users, which are loaded here too.
 */
export function keepPrintsOff(): void {
  Object.assign(console, new Console(process.stderr, process.stderr));
}

/**
 * Has some work make a file, and sends it to standard output when it is complete: a TIFF's head is known last. Whoever
 * reads it may stop early, which the exit code tells.
 * @param folder where the file lies meanwhile; the system's place by default
 */
export async function withStandardOutput(folder: string | undefined, make: (path: string) => Promise<void>): Promise<void> {
  const own = createSpoolFolder(folder);
  const signals = abortOnSignals();
  const remove = (): void => rmSync(own, { recursive: true, force: true });
  process.on('exit', remove);
  try {
    const path = join(own, 'output.tif');
    await make(path);
    await send(path, signals.signal);
  } finally {
    signals.forget();
    process.off('exit', remove);
    remove();
  }
}

/** Sends a file to standard output. Where that fails, main.ts tells it, as of whatever is written there. @throws IoError where the file cannot be read; the signal's reason */
async function send(path: string, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(piecesOf(path), standardOutput, { end: false, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isRastqError(error)) throw error;
    if (systemCode(error) === 'EPIPE' || systemCode(error) === 'ERR_STREAM_PREMATURE_CLOSE') earnUnread();
  }
}

async function* piecesOf(path: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw ioError(path, 'cannot read', cause);
  }
}
