import { codecByName } from '../codecs/load.js';
import type { Pixels } from '../raster/block.js';
import { cmykToRgba } from '../raster/cmyk.js';
import { cellsTouching } from '../raster/grid.js';
import { type Mask, maskOf } from '../raster/mask.js';
import type { Window } from '../raster/window.js';
import { BlockDecoder } from '../tiff/block-decoder.js';
import { blockGrid, encodedImage, planeCount } from '../tiff/block-layout.js';
import type { PlanImage, PlanInput } from './plan.js';
import type { LoadedTask } from './reader.js';
import { blockNumber, type EncodedBlocks, imagesOf, RegionReader } from './region-reader.js';

/** The pixels of a window, and which of them are valid at all. */
export interface Patch {
  readonly window: Window;
  readonly pixels: Pixels;
  /** What a mask image or an alpha band says; null: nothing. Nodata values are not in it. */
  readonly mask: Mask | null;
}

interface OpenImage {
  readonly image: PlanImage;
  readonly regions: RegionReader;
}

/** Makes patches from the blocks that the reader fetched. Lives in one worker; a patch is good until the next one. */
export class PatchReader {
  readonly #input: PlanInput;
  readonly #images: readonly OpenImage[];

  private constructor(input: PlanInput, images: readonly OpenImage[]) {
    this.#input = input;
    this.#images = images;
  }

  static async open(input: PlanInput): Promise<PatchReader> {
    const images = imagesOf(input).map(async (image) => {
      const { layout, profile } = image;
      const codec = (await codecByName(layout.codec))!;
      const decode = await codec.openDecoder(encodedImage(layout, profile.bands));
      const decoder = new BlockDecoder(layout, profile, { decode, maxRatio: codec.maxRatio });
      return { image, regions: new RegionReader(image, decoder) };
    });
    return new PatchReader(input, await Promise.all(images));
  }

  /**
   * @param footprint the window that the task's blocks were fetched for
   * @throws FormatError where a block is damaged
   */
  read(window: Window, footprint: Window, loaded: LoadedTask): Patch {
    const parts: Pixels[] = [];
    let first = 0;
    for (const { image, regions } of this.#images) {
      const range = cellsTouching(blockGrid(image.profile, image.layout), footprint);
      const from = first;
      const encoded: EncodedBlocks = (at) => {
        const number = from + blockNumber(range, at);
        return new Uint8Array(loaded.buffer, loaded.starts[number], loaded.lengths[number]);
      };
      parts.push(regions.read(window, encoded));
      first += range.cols * range.rows * planeCount(image.layout, image.profile.bands);
    }
    const [pixels, mask] = parts;
    if (this.#input.layout.conversion === 'cmyk') cmykToRgba(pixels);
    const { alpha } = this.#input.profile;
    if (this.#images.length > 1) return { window, pixels, mask: maskOf(mask, 0) };
    return { window, pixels, mask: alpha === null ? null : maskOf(pixels, alpha) };
  }
}
