import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';

/** The calls of node:fs that are watched. Taking names away and closing are how others are cleaned up after: they work. */
const CALLS = ['openSync', 'readSync', 'writeSync', 'fsyncSync', 'fdatasync', 'ftruncateSync', 'linkSync', 'renameSync'] as const;
export type FileCall = (typeof CALLS)[number];

/** What happens in place of a call: a system error, by its code, or that it does half of what it was asked for. */
export type Fault = { readonly code: string } | 'short';

type AnyFunction = (...words: unknown[]) => unknown;

/**
 * Lays itself between rastq and the files of a folder, in this thread.
 * @param onCall is told of each call and says what goes wrong in it; undefined: nothing
 * @returns takes it away again
 */
export function watchFiles(folder: string, onCall: (call: FileCall) => Fault | undefined): () => void {
  const layer = fs as unknown as Record<string, AnyFunction>;
  const originals = Object.fromEntries([...CALLS, 'closeSync'].map((name) => [name, layer[name]]));
  const inFolder = new Set<unknown>();
  const isOurs = (what: unknown): boolean => (typeof what === 'string' ? resolve(what).startsWith(resolve(folder) + sep) : inFolder.has(what));
  for (const name of CALLS) {
    layer[name] = (...words) => {
      const fault = isOurs(words[0]) ? onCall(name) : undefined;
      if (fault === 'short' && (name === 'readSync' || name === 'writeSync')) words[3] = Math.max(1, Math.floor((words[3] as number) / 2));
      if (fault !== undefined && fault !== 'short') {
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
