import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Handler, Reply } from '../pools/stage.js';
import { imageKind } from './kind.js';
import { fitted, loadSharp, photoPicture } from './photo.js';
import { encodePng } from './png.js';
import { type Picture, rasterPicture } from './raster.js';
import type { ThumbnailSize } from './size.js';
import { thumbnailPath } from './thumbnail-path.js';

export interface ThumbnailSetup {
  readonly size: ThumbnailSize;
  readonly folder: string;
}

/** A thumbnail that was made. */
export interface Thumbnail {
  readonly hash: string;
  /** Its file; undefined where there is one already. */
  readonly png: Uint8Array | undefined;
}

/** Opens a worker that makes the thumbnail of a path; of a file that is no image it gives null. Runs in the pool. */
export async function open(setup: unknown): Promise<Handler> {
  const { size, folder } = setup as ThumbnailSetup;
  const sharp = await loadSharp();
  return {
    handle: async (item): Promise<Reply> => {
      const path = item as string;
      const kind = imageKind(path);
      if (kind === null) return { value: null };
      const picture = kind === 'raster' ? await fitted(sharp, await rasterPicture(path, size), size) : await photoPicture(sharp, path, size);
      const hash = hashOf(picture);
      const value: Thumbnail = { hash, png: existsSync(thumbnailPath(folder, hash)) ? undefined : encodePng(picture) };
      return { value };
    },
  };
}

/**
 * SHA-256 of the thumbnail's pixels: width and height, 32 bits each, the higher bytes first, then red, green, blue and alpha of each
 * pixel, row by row.
 */
function hashOf({ width, height, rgba }: Picture): string {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return createHash('sha256').update(size).update(rgba).digest('hex');
}
