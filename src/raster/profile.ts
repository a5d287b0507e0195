import type { DType } from './dtype.js';
import type { Nodata } from './nodata.js';
import type { Size } from './window.js';

/** How samples lie in a block: all bands of a pixel together, or one band a block. */
export type Interleave = 'pixel' | 'band';

/** 1: none, 2: horizontal differences of integers, 3: of floating-point byte planes. */
export type Predictor = 1 | 2 | 3;

/** What a raster is, as plain JSON, apart from where its pixels and its tags lie. */
export interface Profile extends Size {
  readonly bands: number;
  readonly dtype: DType;
  readonly nodata: Nodata;
  /** Whether a mask beside the pixels says which are valid. */
  readonly mask: boolean;
  /** The band that says how opaque a pixel is, counted from 0; null: there is none. */
  readonly alpha: number | null;
  readonly interleave: Interleave;
  /** The codec's name: `none`, `deflate` … */
  readonly compression: string;
  readonly predictor: Predictor;
}
