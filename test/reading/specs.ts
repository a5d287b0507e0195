import { hills } from '../../fixtures/pixels.js';
import type { Tag, TiffSpec } from '../../fixtures/tiff-spec.js';

/** Small rasters that the tests of reading vary. */

/** A georeferenced scene of two bands, more than one window wide and high. */
export const SCENE: TiffSpec = {
  width: 300, height: 280, bands: 2, dtype: 'uint16', pixel: hills(3, 3000),
  layout: { rowsPerStrip: 50 },
};

/** Pixels of 10 m from (500000, 5200000) on, in the reference system of an EPSG code. */
export function placed(epsg: number): Tag[] {
  return [
    { tag: 33550, type: 'DOUBLE', values: [10, 10, 0] },
    { tag: 33922, type: 'DOUBLE', values: [0, 0, 0, 500000, 5200000, 0] },
    { tag: 34735, type: 'SHORT', values: [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, epsg] },
  ];
}

/** NewSubfileType of a mask, and of an overview. */
export const MASK: Tag = { tag: 254, type: 'LONG', values: [4] };
export const OVERVIEW: Tag = { tag: 254, type: 'LONG', values: [1] };

/** A mask of whole bytes for a scene: 0 in `invalid` places, else 255. */
export function maskOf(scene: TiffSpec, isInvalid: (row: number, col: number) => boolean): TiffSpec {
  return {
    width: scene.width, height: scene.height, layout: scene.layout,
    bands: 1, dtype: 'uint8', photometric: 4, compression: 'packbits', extraTags: [MASK],
    pixel: (_band, row, col) => (isInvalid(row, col) ? 0 : 255),
  };
}
