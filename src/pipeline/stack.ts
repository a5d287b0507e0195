import type { Scratches } from '../kernels/scratch.js';
import { createPixels, type Pixels, pixelsOver } from '../raster/block.js';
import type { Grid } from '../raster/grid.js';
import type { Mask } from '../raster/mask.js';
import { comparableNodata } from '../raster/nodata.js';
import type { Window } from '../raster/window.js';
import type { BlockCache } from './block-cache.js';
import { type Patch, PatchReader } from './patch.js';
import type { PlanInput, StackLayer } from './plan.js';

/** What gives the pixels of windows: a raster, or several as one. */
export type PatchSource = Pick<PatchReader, 'blockCount' | 'read'>;

/**
 * @param cache where decoded blocks of a single raster are kept; null: nowhere
 * @param scratches where pixels are put
 * @param cells of which windows are one; null: windows are any
 */
export async function openPatches(input: PlanInput, cache: BlockCache | null, scratches: Scratches, cells: Grid | null): Promise<PatchSource> {
  if (input.stack === undefined) return PatchReader.open(input, cache, scratches, cells);
  const layers = input.stack.map(async (layer) => ({ layer, patches: await PatchReader.open(layer.input, null, scratches, cells) }));
  return new StackReader(await Promise.all(layers));
}

/**
 * Several rasters on one grid as one: bands of each, one behind the other, in float64, NaN where they are invalid.
 * Lives in one worker; a patch is good until the next one.
 */
class StackReader implements PatchSource {
  readonly #layers: readonly { readonly layer: StackLayer; readonly patches: PatchReader }[];
  #room: Float64Array = new Float64Array(0);

  constructor(layers: readonly { readonly layer: StackLayer; readonly patches: PatchReader }[]) {
    this.#layers = layers;
  }

  blockCount(footprint: Window): number {
    return this.#layers.reduce((sum, { patches }) => sum + patches.blockCount(footprint), 0);
  }

  read(window: Window, footprint: Window, loaded: Parameters<PatchReader['read']>[2], firstBlock = 0): Patch {
    const bands = this.#layers.reduce((sum, { layer }) => sum + layer.bands.length, 0);
    const length = bands * window.width * window.height;
    if (this.#room.length < length) this.#room = createPixels('float64', window, bands, 'band').data as Float64Array;
    const pixels = pixelsOver(this.#room.subarray(0, length), window, bands, 'band');
    let first = firstBlock;
    let into = 0;
    for (const { layer, patches } of this.#layers) {
      const patch = patches.read(window, footprint, loaded, first);
      first += patches.blockCount(footprint);
      const { dtype, nodata } = layer.input.profile;
      for (const band of layer.bands) copyValid(patch, band, comparableNodata(dtype, nodata), pixels, into++);
    }
    return { window, pixels, mask: null };
  }
}

function copyValid({ pixels, mask }: { readonly pixels: Pixels; readonly mask: Mask | null }, band: number, nodata: number, out: Pixels, into: number): void {
  const [, rows, cols] = pixels.shape;
  const [bandStride, rowStride, colStride] = pixels.stride;
  let o = out.offset + into * out.stride[0];
  for (let row = 0; row < rows; row++) {
    let i = pixels.offset + band * bandStride + row * rowStride;
    let m = mask === null ? 0 : mask.offset + row * mask.stride[0];
    for (let col = 0; col < cols; col++, i += colStride, o++) {
      const value = pixels.data[i];
      let isValid = value !== nodata && value - value === 0;
      if (mask !== null) {
        isValid &&= mask.data[m] !== 0;
        m += mask.stride[1];
      }
      out.data[o] = isValid ? value : NaN;
    }
  }
}
