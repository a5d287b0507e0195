import { codecByName } from '../codecs/load.js';
import { NearNodata } from '../kernels/near-nodata.js';
import { HEAP, type Scratches } from '../kernels/scratch.js';
import { bandsOf, crop, type Pixels } from '../raster/block.js';
import { cmykToRgba } from '../raster/cmyk.js';
import { comparableNodata } from '../raster/nodata.js';
import { lookUpColours, maskUnlike } from '../raster/palette.js';
import { cellsOf, cellsTouching, cellWindow, type Grid } from '../raster/grid.js';
import { cropMask, type Mask, maskOf, maskUnlikeAll } from '../raster/mask.js';
import { intersect, type Window } from '../raster/window.js';
import { BlockDecoder } from '../tiff/block-decoder.js';
import { encodedImage } from '../tiff/block-layout.js';
import type { BlockCache } from './block-cache.js';
import { EncodedBlocks } from './encoded-blocks.js';
import type { PlanImage, PlanInput } from './plan.js';
import type { LoadedTask } from './reader.js';
import { blockCount, imagesOf, RegionReader } from './region-reader.js';

/** The pixels of a window, and which of them are valid at all. */
export interface Patch {
  readonly window: Window;
  readonly pixels: Pixels;
  /** What a mask image or an alpha band says; null: nothing. Nodata values are not in it. */
  readonly mask: Mask | null;
}

/** The parts of a patch that lie in the cells of a grid, row by row. */
export function cutIntoCells({ window, pixels, mask }: Patch, grid: Grid): Patch[] {
  return Array.from(cellsOf(cellsTouching(grid, window)), (at) => {
    const part = intersect(cellWindow(grid, at), window)!;
    return { window: part, pixels: crop(pixels, window, part), mask: mask && cropMask(mask, window, part) };
  });
}

interface OpenImage {
  readonly image: PlanImage;
  readonly regions: RegionReader;
}

/** Makes patches from the blocks that the reader fetched. Lives in one worker; a patch is good until the next one. */
export class PatchReader {
  readonly #input: PlanInput;
  readonly #images: readonly OpenImage[];
  readonly #nearNodata: NearNodata | undefined;

  private constructor(input: PlanInput, images: readonly OpenImage[]) {
    this.#input = input;
    this.#images = images;
    this.#nearNodata = NearNodata.of(input.stored.dtype, comparableNodata(input.stored.dtype, input.stored.nodata));
  }

  /**
   * @param cache where decoded blocks of the input's own image are kept; null: nowhere
   * @param scratches where pixels are put; any code's memory by default
   * @param cells of which windows are one; null: windows are any
   */
  static async open(input: PlanInput, cache: BlockCache | null = null, scratches: Scratches = HEAP, cells: Grid | null = null): Promise<PatchReader> {
    const images = imagesOf(input).map(async (image, i) => {
      const { layout, profile } = image;
      const codec = (await codecByName(layout.codec))!;
      const decode = await codec.openDecoder(encodedImage(layout, profile.bands));
      const decoder = new BlockDecoder(layout, { ...profile, isExact: input.isExact === true }, { decode, maxRatio: codec.maxRatio }, scratches);
      return { image, regions: new RegionReader(image, decoder, { cache: i === 0 ? cache : null, room: scratches.open(), cells }) };
    });
    return new PatchReader(input, await Promise.all(images));
  }

  /** How many blocks of its images a window touches. */
  blockCount(footprint: Window): number {
    return this.#images.reduce((sum, { image }) => sum + blockCount(image, footprint), 0);
  }

  /**
   * @param footprint the window that the task's blocks were fetched for
   * @param firstBlock how many blocks of other images come before these in the loaded task
   * @throws FormatError where a block is damaged
   */
  read(window: Window, footprint: Window, loaded: LoadedTask, firstBlock = 0): Patch {
    const parts: Pixels[] = [];
    let first = firstBlock;
    for (const { image, regions } of this.#images) {
      parts.push(regions.read(window, new EncodedBlocks(image, footprint, loaded, first)));
      first += blockCount(image, footprint);
    }
    const { colourTable, nodataTuple, stored, profile, layout } = this.#input;
    const [own, mask] = parts;
    this.#nearNodata?.unify(own);
    if (layout.conversion === 'cmyk') cmykToRgba(own);
    const pixels = colourTable === null ? bandsOf(own, 0, profile.bands) : own;
    if (colourTable !== null) {
      const listed = mask === undefined ? maskUnlike(pixels, comparableNodata(stored.dtype, stored.nodata)) : maskOf(mask, 0);
      return { window, pixels: lookUpColours(pixels, colourTable), mask: profile.mask ? listed : null };
    }
    if (nodataTuple !== null) return { window, pixels, mask: maskUnlikeAll(pixels, nodataTuple.map((value) => comparableNodata(profile.dtype, value))) };
    const { alpha } = profile;
    if (this.#images.length > 1) return { window, pixels, mask: maskOf(mask, 0) };
    return { window, pixels, mask: alpha === null ? null : maskOf(pixels, alpha) };
  }
}
