import type { EncodedImage } from '../codecs/codec.js';
import type { DType } from '../raster/dtype.js';
import { cellCount, type Grid, gridColumns, gridRows } from '../raster/grid.js';
import type { Interleave, Predictor } from '../raster/profile.js';
import type { Size } from '../raster/window.js';
import { type StoredSample, storedRowBytes } from './sample-type.js';
import { shellWord } from './shell-word.js';

/**
 * How the input's blocks are made, as plain JSON: what a worker must know to turn a block's bytes into pixels. Where
 * the blocks lie is the reader's business alone.
 */
export interface BlockLayout {
  /** A block's size in pixels. A strip is a block as wide as the image. */
  readonly block: Size;
  readonly sample: StoredSample;
  readonly interleave: Interleave;
  readonly codec: string;
  /** What codecs of images need: the photometric interpretation of the stored samples, and two tags, if the file has them. */
  readonly photometric: number;
  /** JPEGTables, base64. */
  readonly jpegTables: string | null;
  readonly lercParameters: readonly number[] | null;
  /** How decoded samples become the pixels of the profile; null: they are them. */
  readonly conversion: 'cmyk' | null;
  readonly predictor: Predictor;
  readonly byteOrder: 'little' | 'big';
  /** Whether the bits of each byte are stored lowest first (FillOrder 2). */
  readonly reversedBits: boolean;
  /** Tiles at the edge are stored whole; the last strip only has the rows there are. */
  readonly padded: boolean;
}

export interface BlockShape {
  readonly dtype: DType;
  readonly bands: number;
  readonly image: Size;
}

export function blockGrid(image: Size, layout: BlockLayout): Grid {
  return { image, cell: layout.block };
}

/** What makes a readable file of one whose blocks are not decoded. */
export function conversionOf(path: string): string {
  return `convert with: gdal_translate -co TILED=YES -co COMPRESS=DEFLATE ${shellWord(path)} converted.tif`;
}

/** 1 where bands are stored together, else one plane a band. */
export function planeCount(layout: { readonly interleave: Interleave }, bands: number): number {
  return layout.interleave === 'pixel' ? 1 : bands;
}

/** Samples of each pixel in one block. */
export function bandsPerBlock(layout: { readonly interleave: Interleave }, bands: number): number {
  return layout.interleave === 'pixel' ? bands : 1;
}

/** The number of a block in the file's index arrays: plane by plane, row by row. */
export function blockIndex(grid: Grid, at: { readonly plane: number; readonly col: number; readonly row: number }): number {
  return (at.plane * gridRows(grid) + at.row) * gridColumns(grid) + at.col;
}

export function blockTotal(grid: Grid, planes: number): number {
  return cellCount(grid) * planes;
}

/** What the layout's codec is told of its blocks. */
export function encodedImage(layout: BlockLayout, bands: number): EncodedImage {
  const { block, sample, photometric, jpegTables, lercParameters } = layout;
  return {
    width: block.width,
    bands: bandsPerBlock(layout, bands),
    ...sample,
    photometric,
    jpegTables: jpegTables === null ? null : Buffer.from(jpegTables, 'base64'),
    lercParameters,
  };
}

/** Bytes of one row of a block as the file stores it. */
export function blockRowBytes(layout: BlockLayout, bands: number): number {
  return storedRowBytes(layout.sample, layout.block.width * bandsPerBlock(layout, bands));
}

/** Rows that a block of this grid row holds in the file. */
export function storedRows(grid: Grid, layout: BlockLayout, row: number): number {
  return layout.padded ? grid.cell.height : Math.min(grid.cell.height, grid.image.height - row * grid.cell.height);
}
