import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';

/** The calls of node:fs on bytes and names that are watched. */
const WORK_CALLS = ['openSync', 'readSync', 'writeSync', 'fsyncSync', 'fdatasync', 'ftruncateSync', 'linkSync', 'renameSync'] as const;
/** Those that look, and those that take names away. */
const LOOK_CALLS = ['statSync', 'lstatSync', 'fstatSync', 'realpathSync', 'readdirSync', 'readFileSync'] as const;
const REMOVE_CALLS = ['rmSync', 'unlinkSync'] as const;
/** Closing is how others are cleaned up after: it works. */
const CALLS = [...WORK_CALLS, ...LOOK_CALLS, ...REMOVE_CALLS] as const;
export type FileCall = (typeof CALLS)[number];
export const isWork = (call: FileCall): boolean => (WORK_CALLS as readonly string[]).includes(call);

/**
 * What happens in place of a call: a system error, by its code, or that it does half of what it was asked for; or that one
 * bit of what is written turns over on its way, and nobody says so.
 */
export type Fault = { readonly code: string } | 'short' | 'flip';

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
      if (fault === 'flip' && name === 'writeSync') words[1] = flipped(words[1] as Uint8Array, words[2] as number, words[3] as number);
      if (typeof fault === 'object') {
        const error = Object.assign(new Error(`${fault.code}: made by the test, ${name}`), { code: fault.code });
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
  syncBuiltinESMExports();
  return () => {
    Object.assign(layer, originals);
    syncBuiltinESMExports();
  };
}

/** The same bytes but for one bit, in the middle of those that are to be written. */
function flipped(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[offset + Math.floor(length / 2)] ^= 1;
  return copy;
}
