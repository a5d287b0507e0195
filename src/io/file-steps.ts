import { closeSync } from 'node:fs';
import { ioError, isRastqError } from '../errors.js';

/** Runs a step of the work on a file, named as messages have it. @throws IoError that says which step failed */
export type FileStep = <T>(step: string, action: () => T) => T;

/** The steps of the work on the output at `path`. */
export function stepsOn(path: string): FileStep {
  return (step, action) => {
    try {
      return action();
    } catch (cause) {
      // What says already what is wrong, a lock that is lost say, is no failure of the step.
      throw isRastqError(cause) ? cause : ioError(path, step, cause);
    }
  };
}

/** Closes a file the first time it is called, and does nothing after that. */
export function closerOf(fd: number): () => void {
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    isOpen = false;
    closeSync(fd);
  };
}
