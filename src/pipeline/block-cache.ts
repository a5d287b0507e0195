import { copyPixels, type Pixels, pixelsOver } from '../raster/block.js';
import { type DType, DTYPES } from '../raster/dtype.js';
import type { Size } from '../raster/window.js';
import { type RingShape, SlotRing } from './slot-ring.js';

/** Longer than decoding a block takes; who waited in vain decodes it too. */
const PATIENCE_MS = 50;

/**
 * Decoded blocks of a few rows, kept for the tasks that need them next: of a raster's width, never its area. Workers of
 * a thread pool share it. It saves work and decides nothing: a block that is not there is decoded.
 */
export class BlockCache {
  readonly #ring: SlotRing;
  readonly #dtype: DType;

  constructor(shape: RingShape, memory: SharedArrayBuffer, { dtype, worker }: { readonly dtype: DType; readonly worker: number }) {
    this.#ring = new SlotRing(shape, memory, worker);
    this.#dtype = dtype;
  }

  /** Says which pass over the raster begins. */
  startPass(pass: number): void {
    this.#ring.startPass(pass);
  }

  /** Frees what a worker that is gone had. */
  reclaim(worker: number): void {
    this.#ring.reclaim(worker);
  }

  /** Whether another worker decodes a block just now: `use` would wait for it. */
  isBeingDecoded(at: { readonly col: number; readonly row: number }): boolean {
    return this.#ring.hasWriter(this.#ring.slotOf(at), at.row);
  }

  /**
   * Hands a block's pixels to `use`: those that `decode` gave, or kept ones, which are good until `use` is done.
   * @param at the block's row, and its column among those of all planes
   * @param shape of the pixels that `decode` gives
   * @param decode makes them where they are not there; its answer is good until the next call
   */
  use(
    at: { readonly col: number; readonly row: number },
    shape: Size & { readonly bands: number },
    decode: () => Pixels,
    use: (pixels: Pixels, isKept: boolean) => void,
  ): void {
    const slot = this.#ring.slotOf(at);
    this.#ring.awaitWriter(slot, at.row, PATIENCE_MS);
    const kept = (): Pixels => {
      const length = shape.width * shape.height * shape.bands;
      return pixelsOver(DTYPES[this.#dtype].over(this.#ring.memory, this.#ring.offsetOf(slot), length), shape, shape.bands, 'pixel');
    };
    if (!this.#ring.startReading(slot, at.row)) {
      if (!this.#ring.startWriting(slot, at.row)) {
        use(decode(), false);
        return;
      }
      let pixels: Pixels;
      try {
        pixels = decode();
        copyPixels(pixels, kept());
      } catch (error) {
        this.#ring.abandon(slot);
        throw error;
      }
      this.#ring.endWriting(slot);
      use(pixels, false);
      return;
    }
    try {
      use(kept(), true);
    } finally {
      this.#ring.stopReading(slot);
    }
  }
}
