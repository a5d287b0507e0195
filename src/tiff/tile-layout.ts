import type { Grid } from '../raster/grid.js';
import type { Interleave, Predictor, Profile } from '../raster/profile.js';
import type { Size } from '../raster/window.js';
import type { CarriedTag } from './tags.js';

/** How the output's tiles are made and written, as plain JSON. */
export interface TileLayout {
  /** A multiple of 16 each way. */
  readonly tile: Size;
  readonly interleave: Interleave;
  readonly codec: string;
  /** The codec's effort; null for codecs that have none to set. */
  readonly level: number | null;
  readonly predictor: Predictor;
  readonly bigTiff: boolean;
  /** Leave out tiles of nothing but nodata (without a nodata value: of zeros). */
  readonly sparse: boolean;
}

/** All that the output's directory says beside its tiles, as plain JSON. */
export interface OutputContent {
  readonly photometric: number;
  readonly tags: readonly CarriedTag[];
  readonly metadata: string | null;
}

export interface TiffOutput {
  readonly profile: Profile;
  readonly layout: TileLayout;
  readonly content: OutputContent;
  /** The codec's value in the Compression tag. */
  readonly compressionTag: number;
}

export function tileGrid(image: Size, layout: TileLayout): Grid {
  return { image, cell: layout.tile };
}
