import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../errors.js';

/**
 * The files under a folder, by their paths as the folder was named, in the order of their characters. Links to folders are not
 * followed.
 * @param except a folder that is left out
 * @param onFailure told of a folder that cannot be read
 * @throws IoError where the first one cannot be read
 */
export function filesUnder(folder: string, except: string, onFailure: (error: unknown) => void): string[] {
  const files: string[] = [];
  const leftOut = realpathSync(except);
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inner = join(path, entry.name);
      if (!entry.isDirectory()) files.push(inner);
      else if (realpathSync(inner) !== leftOut) attempt(inner);
    }
  };
  const attempt = (path: string): void => {
    try {
      walk(path);
    } catch (cause) {
      onFailure(ioError(path, 'cannot read the folder', cause));
    }
  };
  try {
    readdirSync(folder);
  } catch (cause) {
    throw ioError(folder, 'cannot read the folder', cause);
  }
  attempt(folder);
  return files.sort();
}
