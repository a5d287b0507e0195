import { mkdirSync } from 'node:fs';
import { ioError } from '../errors.js';

/** Makes a folder, and those above it, where there are none. @throws IoError */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw ioError(path, 'cannot create the folder', cause);
  }
}
