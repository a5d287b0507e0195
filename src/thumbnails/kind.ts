import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { ioError } from '../errors.js';

export type ImageKind = 'raster' | 'photo';

const LONGEST = 12;

/** What a file is by its first bytes, whatever it is called; null: no image. @throws IoError */
export function imageKind(path: string): ImageKind | null {
  const start = Buffer.alloc(LONGEST);
  let length: number;
  try {
    // Opening a pipe would wait for its other end.
    if (!statSync(path).isFile()) return null;
    const fd = openSync(path, 'r');
    try {
      length = readSync(fd, start, 0, LONGEST, 0);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw ioError(path, 'cannot read', cause);
  }
  const text = start.toString('latin1', 0, length);
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'raster';
  const isPhoto = text.startsWith('\xff\xd8\xff') || text.startsWith('\x89PNG\r\n\x1a\n') || (text.startsWith('RIFF') && text.slice(8) === 'WEBP');
  return isPhoto ? 'photo' : null;
}
