import { RastqError } from '../errors.js';
import { STANDARD_ACCESS } from '../io/access.js';
import { openRasterInput, type RasterChoice, type RasterInput } from '../pipeline/raster-input.js';
import { RasterReader } from '../pipeline/raster-reader.js';
import { comparableNodata } from '../raster/nodata.js';
import { percentileOf } from '../raster/percentile.js';
import { roundHalfToEven } from '../raster/dtype.js';
import type { Size } from '../raster/window.js';
import { readMetadata } from '../tiff/gdal-metadata.js';
import { AreaMean } from './area-mean.js';
import { type ThumbnailSize, thumbnailSize } from './size.js';

/** A picture of 8 bits a sample: red, green, blue, alpha, row by row. */
export interface Picture extends Size {
  readonly rgba: Uint8Array;
}

const EDGE = 256;
const LOWEST_PERCENT = 2;
const HIGHEST_PERCENT = 98;

/**
 * A picture of a raster, not larger than it: the mean of what lies under each pixel, of the smallest overview that is not smaller
 * than the picture; each band stretched between its 2nd and 98th percentile. Invalid pixels are transparent. Colours of a colour
 * table are as they are.
 * @throws RastqError by cause
 */
export async function rasterPicture(path: string, size: ThumbnailSize): Promise<Picture> {
  const raster = await openSmallest(path, size);
  const { profile } = raster.input;
  const to = pictureSize(raster.full, size);
  const bands = shownBands(raster);
  const reader = await RasterReader.open(raster, STANDARD_ACCESS);
  const mean = new AreaMean(profile, to, { bands, nodata: comparableNodata(profile.dtype, profile.nodata) });
  try {
    for await (const { window, pixels, mask } of reader.patches({ image: profile, cell: { width: EDGE, height: EDGE } })) mean.add(window, pixels, mask);
  } finally {
    await reader.close();
  }
  return { ...to, rgba: painted(mean.means(), bands.length, raster.input.colourTable === null) };
}

/** No larger than the raster: what is to be larger is enlarged from this. */
function pictureSize(full: Size, size: ThumbnailSize): Size {
  const { width, height } = thumbnailSize(full, size);
  return { width: Math.min(full.width, width), height: Math.min(full.height, height) };
}

/** The raster by the smallest of its overviews that will do; by the full image where an overview is of no use. */
async function openSmallest(path: string, size: ThumbnailSize): Promise<RasterInput> {
  const open = (overview: RasterChoice['overview']): Promise<RasterInput> => openRasterInput(path, { page: 1, overview, colours: 'where listed' }, STANDARD_ACCESS);
  const smallest: RasterChoice['overview'] = (sizes, full) => {
    const wanted = pictureSize(full, size);
    const pixelsOf = (at: number): number => sizes[at].width * sizes[at].height;
    const enough = [...sizes.keys()].filter((at) => sizes[at].width >= wanted.width && sizes[at].height >= wanted.height);
    return enough.length === 0 ? null : enough.reduce((least, at) => (pixelsOf(at) < pixelsOf(least) ? at : least));
  };
  try {
    return await open(smallest);
  } catch (error) {
    if (!(error instanceof RastqError)) throw error;
    return open(() => null);
  }
}

/** The bands to show, from 0: those that are called red, green and blue, else the first three, or the first where there are not three. */
function shownBands({ content, input }: RasterInput): readonly number[] {
  const { bands, alpha } = input.profile;
  const items = content.metadata === null || input.colourTable !== null ? [] : readMetadata(content.metadata);
  const named = ['red', 'green', 'blue'].map((colour) => items.find(({ role, value }) => role === 'colorinterp' && value.toLowerCase() === colour)?.band);
  if (named.every((band) => typeof band === 'number' && band < bands)) return named as number[];
  return bands - (alpha === null ? 0 : 1) >= 3 ? [0, 1, 2] : [0];
}

/** @param means band after band, NaN where invalid */
function painted(means: Float64Array, bands: number, isStretched: boolean): Uint8Array {
  const count = means.length / bands;
  const rgba = new Uint8Array(count * 4);
  for (let channel = 0; channel < 3; channel++) {
    const values = means.subarray((channel % bands) * count, ((channel % bands) + 1) * count);
    const { low, high } = isStretched ? limitsOf(values) : { low: 0, high: 255 };
    for (let i = 0; i < count; i++) {
      if (Number.isNaN(values[i])) continue;
      // A band of one value only is shown in the middle.
      const share = high > low ? (values[i] - low) / (high - low) : 0.5;
      rgba[i * 4 + channel] = roundHalfToEven(Math.min(1, Math.max(0, share)) * 255);
      rgba[i * 4 + 3] = 255;
    }
  }
  return rgba;
}

function limitsOf(values: Float64Array): { readonly low: number; readonly high: number } {
  const valid = values.filter((value) => !Number.isNaN(value)).sort();
  if (valid.length === 0) return { low: 0, high: 0 };
  const at = (percent: number): number => percentileOf(percent, valid.length, (rank) => valid[rank]);
  return { low: at(LOWEST_PERCENT), high: at(HIGHEST_PERCENT) };
}
