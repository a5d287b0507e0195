import { readFile } from 'node:fs/promises';
import { fromArrayBuffer, type GeoTIFF, type TypedArray } from 'geotiff';
import { numberOfText } from './expected.js';

/** A file as geotiff reads it: another library's view of what was written. */
export interface ReadByGeotiff {
  readonly width: number;
  readonly height: number;
  readonly tile: { readonly width: number; readonly height: number };
  readonly bands: readonly TypedArray[];
  /** The nodata value of the tag; null without one. */
  readonly nodata: number | null;
  /** Per pixel, 0 or 1, from the mask behind the image; null where there is none. */
  readonly mask: TypedArray | null;
}

export async function openByGeotiff(path: string): Promise<GeoTIFF> {
  const file = await readFile(path);
  return fromArrayBuffer(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
}

export async function readByGeotiff(path: string): Promise<ReadByGeotiff> {
  const tiff = await openByGeotiff(path);
  const image = await tiff.getImage();
  const bands = await image.readRasters({ interleave: false });
  const count = await tiff.getImageCount();
  const nodata = image.fileDirectory.getValue('GDAL_NODATA');
  const mask = count > 1 ? (await (await tiff.getImage(1)).readRasters({ interleave: false }))[0] : null;
  return {
    width: image.getWidth(),
    height: image.getHeight(),
    tile: { width: image.getTileWidth(), height: image.getTileHeight() },
    bands: [...bands],
    nodata: nodata === undefined ? null : numberOfText(nodata.slice(0, -1)),
    mask: mask ?? null,
  };
}
