import { readlinkSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { ioError } from '../errors.js';

/** More links in a row than a system follows. */
const MOST_LINKS = 40;

/**
 * Whether what is written at one path is at the other, too: by links of either kind, or a folder of two names; also where there
 * is no file yet.
 * @throws IoError where it cannot be told
 */
export const isSameFile = (a: string, b: string): boolean => identityOf(a) === identityOf(b);

/** What tells a file from all others; of one that is to be made, its folder and its name there. */
function identityOf(path: string): string {
  let end = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const own = numbersOf(end);
    if (own !== undefined) return own;
    // One that points to nothing makes what it points to when it is written to.
    const next = linkedFrom(end);
    if (next === undefined) break;
    end = isAbsolute(next) ? next : `${dirname(end)}/${next}`;
  }
  const folder = numbersOf(dirname(end));
  return folder === undefined ? resolve(end) : `${folder}/${basename(end)}`;
}

/** The numbers by which the system knows what is at a path; undefined: nothing is there. */
function numbersOf(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
    return stat && `${stat.dev}:${stat.ino}`;
  } catch (cause) {
    throw ioError(path, 'cannot look at it', cause);
  }
}

function linkedFrom(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // There is no link, which is what was asked.
    return undefined;
  }
}
