import { masksByAlpha } from '../raster/alpha.js';
import { DTYPES } from '../raster/dtype.js';
import type { Grid } from '../raster/grid.js';
import type { Reduction } from '../raster/overview-part.js';
import type { Interleave, Predictor, Profile } from '../raster/profile.js';
import type { Resampling } from '../raster/resampling.js';
import type { Size } from '../raster/window.js';
import { bandsPerBlock, planeCount } from './block-layout.js';
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

/** What makes a cloud-optimised GeoTIFF of an output, as plain JSON. */
export interface CogLayout {
  readonly resampling: Resampling;
  /** The sizes of the overviews, the largest first. */
  readonly overviews: readonly Size[];
  /**
   * Whether the file says how its tiles follow each other, so that readers fetch one without its index: in rows, each
   * behind its size, its last 4 bytes repeated, and its mask next.
   */
  readonly leaders: boolean;
}

export interface TiffOutput {
  readonly profile: Profile;
  readonly layout: TileLayout;
  readonly content: OutputContent;
  /** The codec's value in the Compression tag. */
  readonly compressionTag: number;
  /** Absent: directories and tiles follow no further rules, and there are no overviews. */
  readonly cog?: CogLayout;
}

/** A tile that is written has no more bytes a plane. */
export const LARGEST_TILE_BYTES = 256 * 1024 * 1024;

/** The bytes of a plane's tile before it is encoded. */
export function rawTileBytes({ profile, layout }: Pick<TiffOutput, 'profile' | 'layout'>): number {
  return layout.tile.width * layout.tile.height * bandsPerBlock(layout, profile.bands) * DTYPES[profile.dtype].bytes;
}

/** The tiles of a cell: its planes', then its mask's. */
export function tilesPerCell({ profile, layout }: Pick<TiffOutput, 'profile' | 'layout'>): number {
  return planeCount(layout, profile.bands) + (profile.mask ? 1 : 0);
}

/** Bytes before and behind each tile whose size is said beside it. */
export const LEADER_BYTES = 4;
export const TRAILER_BYTES = 4;

/** A tile's bytes with those beside it. */
export function framedBytes({ cog }: Pick<TiffOutput, 'cog'>, byteCount: number): number {
  return byteCount === 0 || cog?.leaders !== true ? byteCount : LEADER_BYTES + byteCount + TRAILER_BYTES;
}

/** The sizes of the image and its overviews, which are levels 0, 1 ... */
export function levelSizes({ profile, cog }: Pick<TiffOutput, 'profile' | 'cog'>): Size[] {
  return [{ width: profile.width, height: profile.height }, ...(cog?.overviews ?? [])];
}

/** How a level of a COG is made of the level before. */
export function reductionTo(output: Pick<TiffOutput, 'profile' | 'cog'>, level: number): Reduction {
  const { bands, dtype, nodata, mask, interleave } = output.profile;
  const sizes = levelSizes(output);
  return { resampling: output.cog!.resampling, from: sizes[level - 1], to: sizes[level], bands, dtype, nodata, interleave, mask };
}

/** The output's band that says which pixels are valid; null: a mask does, or nothing. */
export function maskingAlpha({ mask, alpha, ...profile }: Profile): number | null {
  return !mask && alpha !== null && masksByAlpha(profile, alpha) ? alpha : null;
}

export function tileGrid(image: Size, layout: TileLayout): Grid {
  return { image, cell: layout.tile };
}
