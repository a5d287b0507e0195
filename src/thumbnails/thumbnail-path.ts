import { join } from 'node:path';

/** Where the thumbnail of a hash is. */
export function thumbnailPath(folder: string, hash: string): string {
  return join(folder, `${hash}.png`);
}
