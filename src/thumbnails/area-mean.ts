import type { Pixels } from '../raster/block.js';
import type { Mask } from '../raster/mask.js';
import type { Size, Window } from '../raster/window.js';

/**
 * The mean of the valid samples under each pixel of a smaller image, each by the share of it that lies there. Takes the
 * windows of the larger one, in any order; memory is that of the smaller one.
 */
export class AreaMean {
  readonly #to: Size;
  readonly #cols: Shares;
  readonly #rows: Shares;
  readonly #nodata: number;
  readonly #bands: readonly number[];
  readonly #sums: Float64Array;
  readonly #weights: Float64Array;

  /** @param bands the ones that are wanted, from 0 @param nodata what invalid samples equal; NaN and infinities are invalid too */
  constructor(from: Size, to: Size, { bands, nodata }: { readonly bands: readonly number[]; readonly nodata: number }) {
    this.#to = to;
    this.#cols = sharesOf(from.width, to.width);
    this.#rows = sharesOf(from.height, to.height);
    this.#bands = bands;
    this.#nodata = nodata;
    this.#sums = new Float64Array(bands.length * to.width * to.height);
    this.#weights = new Float64Array(this.#sums.length);
  }

  /** @param mask which pixels are valid at all; null: all of them */
  add(window: Window, pixels: Pixels, mask: Mask | null): void {
    const { width, height } = this.#to;
    const [bandStride, rowStride, colStride] = pixels.stride;
    const { first: firstCol, share: colShare } = this.#cols;
    const sums = new Float64Array(width + 1);
    const weights = new Float64Array(width + 1);
    this.#bands.forEach((band, b) => {
      for (let row = 0; row < window.height; row++) {
        sums.fill(0);
        weights.fill(0);
        let i = pixels.offset + band * bandStride + row * rowStride;
        for (let col = window.col; col < window.col + window.width; col++, i += colStride) {
          const value = pixels.data[i];
          if (value === this.#nodata || value - value !== 0) continue;
          if (mask !== null && mask.get(row, col - window.col) === 0) continue;
          const at = firstCol[col];
          const share = colShare[col];
          sums[at] += value * share;
          weights[at] += share;
          if (share < 1) {
            sums[at + 1] += value * (1 - share);
            weights[at + 1] += 1 - share;
          }
        }
        const top = this.#rows.first[window.row + row];
        const share = this.#rows.share[window.row + row];
        this.#addRow((b * height + top) * width, share, sums, weights);
        if (share < 1 && top + 1 < height) this.#addRow((b * height + top + 1) * width, 1 - share, sums, weights);
      }
    });
  }

  /** The means, band after band; NaN where nothing is valid. */
  means(): Float64Array {
    return this.#sums.map((sum, i) => (this.#weights[i] > 0 ? sum / this.#weights[i] : NaN));
  }

  #addRow(at: number, share: number, sums: Float64Array, weights: Float64Array): void {
    for (let col = 0; col < this.#to.width; col++) {
      this.#sums[at + col] += sums[col] * share;
      this.#weights[at + col] += weights[col] * share;
    }
  }
}

/** For each column (or row) the first one of the smaller image that it lies under, and how much of it; the rest lies under the next. */
interface Shares {
  readonly first: Int32Array;
  readonly share: Float64Array;
}

function sharesOf(from: number, to: number): Shares {
  const first = new Int32Array(from);
  const share = new Float64Array(from).fill(1);
  for (let at = 0; at < from; at++) {
    // Whole numbers throughout, so that no share is lost to rounding.
    first[at] = Math.floor((at * to) / from);
    const boundary = (first[at] + 1) * from;
    if ((at + 1) * to > boundary) share[at] = (boundary - at * to) / to;
  }
  return { first, share };
}
