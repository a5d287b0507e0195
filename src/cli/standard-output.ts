import { Console } from 'node:console';
import { createReadStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../errors.js';
import { createSpoolFolder } from '../io/spool.js';

/** What a shell says of a program whose output nobody reads any more: 128 and the number of SIGPIPE. */
const UNREAD = 141;

/**
 * Writes what a command was asked for to standard output, and an end of line. Where nobody reads it the command ends
 * quietly, with a code that says so unless there is one that says more.
 */
export function answer(text: string): void {
  process.stdout.write(`${text}\n`, (error) => {
    if (systemCode(error) === 'EPIPE') process.exitCode ??= UNREAD;
  });
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
  const remove = (): void => rmSync(own, { recursive: true, force: true });
  process.on('exit', remove);
  try {
    const path = join(own, 'output.tif');
    await make(path);
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), process.stdout, { end: false });
  } catch (error) {
    if (systemCode(error) !== 'EPIPE' && systemCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    process.exitCode ??= UNREAD;
  } finally {
    process.off('exit', remove);
    remove();
  }
}
