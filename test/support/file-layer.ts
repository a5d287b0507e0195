import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { Pieces } from '../../src/io/pieces.js';

/** The calls of node:fs on bytes and names that are watched. */
const WORK_CALLS = ['openSync', 'readSync', 'readvSync', 'writeSync', 'fsyncSync', 'fdatasync', 'ftruncateSync', 'linkSync', 'renameSync'] as const;
/** Those that look, and those that take names away. */
const LOOK_CALLS = ['statSync', 'lstatSync', 'fstatSync', 'realpathSync', 'readdirSync', 'readFileSync'] as const;
/** Those that make folders for temporary files, and tell what room there is. */
const FOLDER_CALLS = ['mkdirSync', 'statfsSync'] as const;
const REMOVE_CALLS = ['rmSync', 'unlinkSync'] as const;
/** Those of temporary files, through node:fs/promises and its file handles. */
const HANDLE_CALLS = ['open', 'write', 'read'] as const;
/** Closing is how others are cleaned up after: it works. */
const CALLS = [...WORK_CALLS, ...LOOK_CALLS, ...FOLDER_CALLS, ...REMOVE_CALLS] as const;
export type FileCall = (typeof CALLS)[number] | (typeof HANDLE_CALLS)[number];
const READ_CALLS: readonly FileCall[] = ['readSync', 'readvSync', 'read'];
/** Whether a call changes what is on the disk. */
export const isChange = (call: FileCall): boolean => (isWork(call) && !READ_CALLS.includes(call)) || (REMOVE_CALLS as readonly string[]).includes(call);
export const isWork = (call: FileCall): boolean => ([...WORK_CALLS, ...HANDLE_CALLS] as readonly string[]).includes(call);

/**
 * What happens in place of a call: a system error, by its code, or that it does half of what it was asked for; or that one
 * bit of what is written turns over on its way, and nobody says so.
 */
export type Fault = { readonly code: string } | 'short' | 'flip';

// What removes files is loaded with its first call, and keeps the functions that it finds then: they shall be Node's own.
fs.rmSync(join(tmpdir(), randomUUID()), { force: true });

type AnyFunction = (...words: unknown[]) => unknown;

/**
 * Lays itself between rastq and the files of a folder, in this thread.
 * @param onCall is told of each call, and of a write where it begins, and says what goes wrong in it; undefined: nothing
 * @returns takes it away again
 */
export function watchFiles(folder: string, onCall: (call: FileCall, position?: number) => Fault | undefined): () => void {
  const layer = fs as unknown as Record<string, AnyFunction>;
  const originals = Object.fromEntries([...CALLS, 'closeSync'].map((name) => [name, layer[name]]));
  const inFolder = new Set<unknown>();
  const isOurs = (what: unknown): boolean => (typeof what === 'string' ? (resolve(what) + sep).startsWith(resolve(folder) + sep) : inFolder.has(what));
  for (const name of CALLS) {
    layer[name] = (...words) => {
      const fault = isOurs(words[0]) ? onCall(name, name === 'writeSync' ? (words[4] as number) : undefined) : undefined;
      if (fault === 'short' && (name === 'readSync' || name === 'writeSync')) words[3] = Math.max(1, Math.floor((words[3] as number) / 2));
      if (fault === 'short' && name === 'readvSync') words[1] = firstHalf(words[1] as readonly Uint8Array[]);
      if (fault === 'flip' && name === 'writeSync') words[1] = flipped(words[1] as Uint8Array, words[2] as number, words[3] as number);
      if (typeof fault === 'object') {
        const error = madeError(fault.code, name);
        if (name !== 'fdatasync') throw error;
        process.nextTick(words.at(-1) as (error: Error) => void, error);
        return undefined;
      }
      const result = originals[name](...words);
      if (name === 'openSync' && isOurs(words[0])) inFolder.add(result);
      return result;
    };
  }
  layer['closeSync'] = (fd) => {
    inFolder.delete(fd);
    return originals['closeSync'](fd);
  };
  const { open } = fs.promises;
  fs.promises.open = async (...words) => {
    const path = words[0];
    const isWatched = isOurs(path);
    const fault = isWatched ? onCall('open') : undefined;
    if (typeof fault === 'object') throw madeError(fault.code, 'open');
    const handle = await open(...words);
    return isWatched ? watchHandle(handle, onCall) : handle;
  };
  syncBuiltinESMExports();
  return () => {
    Object.assign(layer, originals);
    fs.promises.open = open;
    syncBuiltinESMExports();
  };
}

/** The places for half of the bytes, which ends within one of them. */
function firstHalf(places: readonly Uint8Array[]): Uint8Array[] {
  const bytes = places.reduce((sum, { length }) => sum + length, 0);
  return [...new Pieces(places).slice(0, Math.max(1, Math.floor(bytes / 2))).all];
}

/** The same bytes but for one bit, in the middle of those that are to be written. */
function flipped(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[offset + Math.floor(length / 2)] ^= 1;
  return copy;
}

/** A file handle whose reads and writes are watched; its other calls are as they were. */
function watchHandle(handle: FileHandle, onCall: (call: FileCall) => Fault | undefined): FileHandle {
  const layer = handle as unknown as Record<string, AnyFunction>;
  for (const name of ['read', 'write'] as const) {
    const original = layer[name].bind(handle);
    layer[name] = async (...words) => {
      const fault = onCall(name);
      if (typeof fault === 'object') throw madeError(fault.code, name);
      if (fault === 'short') words[2] = Math.max(1, Math.floor((words[2] as number) / 2));
      if (fault === 'flip' && name === 'write') words[0] = flipped(words[0] as Uint8Array, words[1] as number, words[2] as number);
      return original(...words);
    };
  }
  return handle;
}

const madeError = (code: string, call: FileCall): Error => Object.assign(new Error(`${code}: made by the test, ${call}`), { code });
