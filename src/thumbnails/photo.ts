import type { Sharp, SharpOptions } from 'sharp';
import { FormatError, textOf, UnsupportedError } from '../errors.js';
import type { Size } from '../raster/window.js';
import type { Picture } from './raster.js';
import type { ThumbnailSize } from './size.js';

export type SharpModule = (input?: string | Uint8Array, options?: SharpOptions) => Sharp;

/** Loads sharp, with one thread a picture: the pool is what works in parallel. @throws UnsupportedError where there is none for this machine */
export async function loadSharp(): Promise<SharpModule> {
  try {
    const { default: sharp } = await import('sharp');
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  } catch (cause) {
    throw new UnsupportedError('thumbnails need the package sharp, which cannot be loaded here: npm install sharp says more', { cause });
  }
}

/**
 * A picture of a photo, upright as its EXIF says, in sRGB.
 * @throws FormatError where it is damaged
 */
export async function photoPicture(sharp: SharpModule, path: string, size: ThumbnailSize): Promise<Picture> {
  try {
    const { data, info } = await resized(sharp(path, { failOn: 'error', sequentialRead: true }).autoOrient(), size).toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, rgba: data };
  } catch (cause) {
    const what = textOf(cause).replaceAll('\n', ' ').trim();
    if (/exceeds pixel limit/i.test(what)) throw new UnsupportedError(`${path}: a photo of more than 268 million pixels is not supported, make it smaller, or a GeoTIFF`, { cause });
    throw new FormatError(`${path}: damaged: ${what}`, { cause });
  }
}

/** The picture in the size that is asked for, where it is not yet. */
export async function fitted(sharp: SharpModule, picture: Picture, size: ThumbnailSize): Promise<Picture> {
  if (!size.exact || (picture.width === size.width && picture.height === size.height)) return picture;
  const { data, info } = await resized(sharp(picture.rgba, { raw: rawOf(picture) }), size).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgba: data };
}

const rawOf = ({ width, height }: Size): { width: number; height: number; channels: 4 } => ({ width, height, channels: 4 });

function resized(image: Sharp, { width, height, exact }: ThumbnailSize): Sharp {
  return exact ? image.resize(width, height, { fit: 'fill', fastShrinkOnLoad: false }) : image.resize(width, height, { fit: 'inside', withoutEnlargement: true, fastShrinkOnLoad: false });
}
