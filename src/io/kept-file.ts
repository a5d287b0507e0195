import { closeSync, constants, lstatSync, openSync, rmSync } from 'node:fs';
import { ioError } from '../errors.js';
import { publish } from './atomic-file.js';
import { keepAccess } from './file-access.js';
import { stepsOn } from './file-steps.js';
import { versionOf } from './file-source.js';
import { readJournal, writeJournal } from './journal-file.js';
import type { KeptPlace, OutputStamp } from './kept-place.js';
import type { ResumableFile } from './output.js';
import { besidePath } from './own-name.js';

/** The place of a file: `OUT`, `OUT.partial` and `OUT.journal`. */
export function keptFile(target: ResumableFile): KeptPlace {
  const { path, temporaryPath, journalPath, overwrite } = target;
  const write = (records: readonly unknown[], mayReplace: boolean): void => writeJournal(journalPath, besidePath(path), records, mayReplace);
  let partialBytes = 0;
  return {
    path,
    journalPath,
    partialName: temporaryPath,
    overwrite,
    readJournal: () => Promise.resolve(readJournal(journalPath)),
    writeJournal: (records) => doing(() => write(records, true)),
    look: () => {
      const partial = stampOf(temporaryPath);
      partialBytes = partial?.bytes ?? 0;
      return Promise.resolve({ output: stampOf(path), partial });
    },
    begin: (first) => doing(() => write([first], false)).then(() => target),
    goOn: () => target,
    // What the journal notes was on the disk; the file may have been cut off since, by a copy that failed or a repaired file system.
    holds: (_from, to) => to <= partialBytes,
    isOneFile: true,
    publish: () =>
      doing(() => {
        handOver(target);
        publish(target);
      }),
    // Where moving it took two steps, it may have both names.
    tidy: () => doing(() => remove(temporaryPath)),
    // The journal goes last: a temporary file without one is nobody's.
    removeAll: () => doing(() => [temporaryPath, journalPath].forEach(remove)),
    close: () => undefined,
  };
}

const doing = (action: () => void): Promise<void> =>
  new Promise((resolve) => {
    action();
    resolve();
  });

/** Has a complete temporary file belong to whom the file does that it replaces: who made it may have been killed before. */
function handOver(target: ResumableFile): void {
  const { path, temporaryPath } = target;
  const attempt = stepsOn(path);
  const fd = attempt('cannot open what is complete', () => openSync(temporaryPath, constants.O_RDONLY | constants.O_NOFOLLOW));
  try {
    attempt('cannot set who may read it', () => keepAccess(fd, target));
  } finally {
    closeSync(fd);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    throw ioError(path, 'cannot remove', cause);
  }
}

function stampOf(path: string): OutputStamp | undefined {
  try {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stat && { bytes: Number(stat.size), version: versionOf(stat.mtimeNs) };
  } catch (cause) {
    throw ioError(path, 'cannot look at it', cause);
  }
}
