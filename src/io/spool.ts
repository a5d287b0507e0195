import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { IoError, ioError, RastqError, UsageError } from '../errors.js';
import type { Access } from './access.js';
import { stepsOn } from './file-steps.js';
import { removeLeftovers } from './leftovers.js';
import { locationKind, locationName, STANDARD_STREAM } from './location.js';
import { networkFault } from './network-fault.js';
import { besidePath, SPOOL } from './own-name.js';
import { createRangeClient } from './open-source.js';
import { retrying, TransientError } from './retry.js';

export interface SpoolOptions {
  /** The folder for temporary files; the system's own by default. */
  readonly folder?: string | undefined;
  /** The most bytes of one; by default nine tenths of what is free there. */
  readonly mostBytes?: number | undefined;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/** A local copy of an input. */
export interface Spool {
  readonly path: string;
  /** Removes it. */
  remove(): void;
}

const FREE_SHARE = 0.9;
const CREATING = 'cannot create a temporary file, --spool-dir sets where';
const WRITING = 'cannot write a temporary file, --spool-dir sets where';

/** A new folder of a run's own for temporary files; what killed runs left beside it is cleared. @throws IoError where none can be made */
export function createSpoolFolder(folder = tmpdir()): string {
  const place = join(folder, SPOOL);
  removeLeftovers(place);
  const own = besidePath(place, randomUUID());
  try {
    mkdirSync(own, { mode: 0o700 });
  } catch (cause) {
    throw ioError(folder, CREATING, cause);
  }
  return own;
}

/**
 * Copies standard input, or a remote object whole, to a temporary file.
 * @throws IoError where it cannot be read or has more bytes than it may, UsageError where standard input is a terminal
 */
export async function spool(location: string, access: Access, { folder = tmpdir(), mostBytes, signal }: SpoolOptions): Promise<Spool> {
  if (locationKind(location) === 'standard' && process.stdin.isTTY) {
    throw new UsageError('standard input is a terminal: send it a file, as in: cat in.tif | rastq ...');
  }
  const own = createSpoolFolder(folder);
  const path = join(own, 'input.tif');
  const attempt = stepsOn(folder);
  let fd: number;
  try {
    fd = attempt(CREATING, () => openSync(path, 'wx+'));
  } catch (error) {
    removeFolder(own);
    throw error;
  }
  const file = nameless(fd, { path, own });
  try {
    const free = attempt('cannot look at it', () => statfsSync(folder));
    const bound = mostBytes ?? Math.floor(free.bavail * free.bsize * FREE_SHARE);
    const why = mostBytes === undefined ? `nine tenths of what is free in ${folder}: --spool-dir takes another folder` : 'set by --spool-max';
    const copy = new Copy(fd, folder, () => new IoError(`${locationName(location)}: has more than ${bound} bytes, ${why}`), bound);
    if (locationKind(location) === 'standard') await copyStandard(copy, signal);
    else await copyRemote(location, access, copy, signal);
    return file;
  } catch (error) {
    file.remove();
    throw error;
  }
}

/** Where the system has names for open files, the file needs no other, and is gone with the process however that ends. */
function nameless(fd: number, { path, own }: { readonly path: string; readonly own: string }): Spool {
  const name = `/dev/fd/${fd}`;
  const hasName = existsSync(name);
  const remove = (): void => removeFolder(own);
  if (hasName) remove();
  else process.on('exit', remove);
  return {
    path: hasName ? name : path,
    remove: () => {
      closeSync(fd);
      if (hasName) return;
      remove();
      process.off('exit', remove);
    },
  };
}

/** Never throws: the error that led here, or the work that follows, matters more than what stays. */
function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It stays.
  }
}

class Copy {
  readonly #fd: number;
  readonly #folder: string;
  readonly #tooMuch: () => IoError;
  readonly #bound: number;

  constructor(fd: number, folder: string, tooMuch: () => IoError, bound: number) {
    this.#fd = fd;
    this.#folder = folder;
    this.#tooMuch = tooMuch;
    this.#bound = bound;
  }

  /** Writes a stream to the file, from its start. */
  async take(from: Readable, length: number | undefined, signal: AbortSignal, timer?: NodeJS.Timeout): Promise<void> {
    if (length !== undefined && length > this.#bound) throw this.#tooMuch();
    stepsOn(this.#folder)(WRITING, () => ftruncateSync(this.#fd, 0));
    let done = 0;
    const stop = (): void => void from.destroy(signal.reason as Error);
    signal.addEventListener('abort', stop);
    try {
      for await (const chunk of from as AsyncIterable<Uint8Array>) {
        timer?.refresh();
        if (done + chunk.length > this.#bound) throw this.#tooMuch();
        this.#write(chunk, done);
        done += chunk.length;
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
    if (signal.aborted) throw signal.reason as Error;
    if (length !== undefined && done !== length) throw new TransientError(`it ended ${length - done} bytes short of ${length}`);
  }

  #write(chunk: Uint8Array, position: number): void {
    try {
      for (let done = 0; done < chunk.length; ) done += writeSync(this.#fd, chunk, done, chunk.length - done, position + done);
    } catch (cause) {
      throw ioError(this.#folder, WRITING, cause);
    }
  }
}

async function copyStandard(copy: Copy, signal: AbortSignal): Promise<void> {
  try {
    // Node takes a folder for an empty stream; the system refuses to read it.
    if (fstatSync(0).isDirectory()) readSync(0, new Uint8Array(1));
    await copy.take(process.stdin, undefined, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason as Error;
    throw error instanceof RastqError ? error : ioError(locationName(STANDARD_STREAM), 'cannot read', error);
  }
}

/** One request for all of it; a copy that breaks off starts anew. */
async function copyRemote(location: string, access: Access, copy: Copy, signal: AbortSignal): Promise<void> {
  const client = await createRangeClient(location, access);
  try {
    await retrying(`${client.name}: cannot read`, { retries: access.retries, signal, isFirst: true }, async () => {
      const own = new AbortController();
      const timer = setTimeout(() => own.abort(new TransientError(`no byte came for ${access.timeoutMs / 1000} s`)), access.timeoutMs);
      try {
        const either = AbortSignal.any([signal, own.signal]);
        const { length, body } = await client.requestWhole(either);
        await copy.take(body, length, either, timer);
      } catch (error) {
        if (signal.aborted) throw signal.reason as Error;
        if (own.signal.aborted) throw own.signal.reason as Error;
        throw error instanceof RastqError || error instanceof TransientError ? error : networkFault(client.name, error);
      } finally {
        clearTimeout(timer);
      }
    });
  } finally {
    client.close();
  }
}
