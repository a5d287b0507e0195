import { crc32 } from 'node:zlib';
import { IoError } from '../errors.js';
import type { Access } from '../io/access.js';
import type { ByteSource } from '../io/byte-source.js';
import { openSource } from '../io/open-source.js';
import type { Size } from '../raster/window.js';
import type { FinishedFile } from '../tiff/sink.js';
import { describeOverview, openTiff, type TiffSource } from '../tiff/source.js';
import { levelSizes } from '../tiff/tile-layout.js';
import type { Plan, PlanImage } from './plan.js';

/** The output is not what was made. */
export class UnverifiedError extends IoError {
  /** From which task on; undefined: it is not the tiles of a task. */
  readonly task: number | undefined;

  constructor(message: string, { task, cause }: { readonly task?: number | undefined; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.task = task;
  }
}

/** The head is read in such pieces. */
const PIECE_BYTES = 2 ** 20;

/** What messages call a level. */
export const levelName = (level: number): string => (level === 0 ? 'the image' : `overview ${level}`);

/** Two checksums that differ, in words. */
export function difference(wanted: number, got: number): string {
  const [of, is] = [wanted, got].map((sum) => sum.toString(16).padStart(8, '0'));
  return `wanted checksum ${of}, got ${is}`;
}

/**
 * Opens a finished output as any reader does, and compares its head, its length and its shape with what was made.
 * @returns of each level its image, and its mask's where there is one, as the file itself describes them
 * @throws UnverifiedError; RastqError where it is no file that can be read
 */
export async function openLevels(name: string, access: Access, { output }: Plan, file: FinishedFile): Promise<PlanImage[][]> {
  const source = await openSource(name, access);
  try {
    if (source.size !== file.bytes) throw new UnverifiedError(`the file has ${source.size} bytes, wanted ${file.bytes}`);
    const head = await checksumOf(source, file.headBytes);
    if (head !== file.headChecksum) throw new UnverifiedError(`its head, the first ${file.headBytes} bytes: ${difference(file.headChecksum, head)}`);
    const tiff = await openTiff(source, { page: 1 });
    const described = [tiff, ...(await Promise.all(tiff.overviews.map((overview) => describeOverview(source, tiff.header, overview, tiff))))];
    const sizes = levelSizes(output);
    if (described.length !== sizes.length) throw new UnverifiedError(`it has ${described.length - 1} overviews, wanted ${sizes.length - 1}`);
    return described.map((level, i) => {
      const images = imagesIn(level, { path: name, bytes: source.size, version: source.remote?.version ?? source.version });
      const [got, wanted] = [shapeOf(images[0].profile, images.length > 1, images[0].layout.block), shapeOf({ ...output.profile, ...sizes[i] }, output.profile.mask, output.layout.tile)];
      if (got !== wanted) throw new UnverifiedError(`${levelName(i)} has ${got}, wanted ${wanted}`);
      return images;
    });
  } finally {
    await source.close();
  }
}

async function checksumOf(source: ByteSource, length: number): Promise<number> {
  const piece = new Uint8Array(Math.min(length, PIECE_BYTES));
  let sum = 0;
  for (let at = 0; at < length; at += piece.length) {
    const bytes = piece.subarray(0, Math.min(piece.length, length - at));
    await source.read(at, bytes);
    sum = crc32(bytes, sum);
  }
  return sum;
}

function imagesIn({ directory, image, mask }: TiffSource, file: Pick<PlanImage, 'path' | 'bytes' | 'version'>): PlanImage[] {
  const own = { ...file, directory, profile: image.profile, layout: image.layout };
  return mask === null ? [own] : [own, { ...file, directory: mask.directory, profile: mask.image.profile, layout: mask.image.layout }];
}

function shapeOf({ width, height, bands, dtype }: PlanImage['profile'], hasMask: boolean, tile: Size): string {
  return `${width} x ${height} pixels of ${bands} ${dtype} bands${hasMask ? ' and a mask' : ''} in tiles of ${tile.width} x ${tile.height}`;
}
