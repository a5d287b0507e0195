import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ioError } from '../errors.js';
import { isOfTheDead, SPOOL } from './own-name.js';

/**
 * Clears what killed runs on this host left beside an output. A folder that can be written may be one that cannot be read, and
 * what lies there another user's: then it stays.
 * @param isLocked whether the output is this run's alone
 */
export function removeLeftovers(path: string, isLocked = false): void {
  const directory = dirname(path);
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch {
    // Nothing of this run depends on it.
    return;
  }
  for (const name of names) {
    if (isOfTheDead(name, { of: basename(path), isLocked }) || isOfTheDead(name, { of: SPOOL })) remove(join(directory, name));
  }
}

/** Clears what killed runs on this host left in a folder, under whatever names. @throws IoError */
export function removeLeftoversIn(directory: string): void {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw ioError(directory, 'cannot read the folder', cause);
  }
  for (const name of names) if (isOfTheDead(name)) remove(join(directory, name));
}

/** Removes a file, or a folder that is this user's: what another one names so may be laid out to have something else removed. Never throws. */
function remove(path: string): void {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true && stat.uid !== process.getuid?.()) return;
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It stays, as what is another user's: nothing depends on it.
  }
}
