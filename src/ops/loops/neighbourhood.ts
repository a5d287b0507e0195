import type { Pixels } from '../../raster/block.js';
import type { Mask } from '../../raster/mask.js';
import { comparableNodata } from '../../raster/nodata.js';
import type { BandType, Kernel, OutputType } from '../operation.js';
import { fillOf, finisher } from './finish.js';

/**
 * The samples around a row of results. Rows are from top to bottom, `2 * halo + 1` of them, of pixels with all their
 * bands side by side: the sample of a result at `i` is at `i + halo * bands` of the middle row, its neighbours are
 * `bands` samples apart.
 */
export interface Rows {
  readonly values: readonly Float64Array[];
  /** 1 where a sample is invalid. */
  readonly invalid: readonly Uint8Array[];
  readonly bands: number;
}

/** What is made of a sample and its neighbours. */
export interface Neighbourly {
  /** Computes the results of a row, all of whose neighbours are valid. */
  readonly row: (rows: Rows, results: Float64Array) => void;
  /** Computes one result, some of whose neighbours are invalid. @param i its place in the row of results */
  readonly sample: (rows: Rows, i: number) => number;
}

/**
 * The kernel of an operation whose results are made from a square of neighbours. Valid samples only have results; what
 * a neighbourhood with invalid ones gives is `sample`'s to say. What overflowed in `row` is asked of `sample` too.
 * @param halo the neighbours on each side, at least 1
 */
export function neighbourhood(input: BandType, output: OutputType, halo: number, around: Neighbourly): Kernel {
  const nodata = comparableNodata(input.dtype, input.nodata);
  const finish = finisher(output);
  const fill = fillOf(output.nodata);
  const ring = new Ring(2 * halo + 1);
  return {
    apply: (pixels, mask, _, out) => {
      const [bands, rows, cols] = out.shape;
      const count = cols * bands;
      ring.resize((cols + 2 * halo) * bands);
      const results = ring.results;
      for (let row = 0; row < 2 * halo; row++) ring.load(pixels, mask, row, nodata);
      for (let row = 0; row < rows; row++) {
        ring.load(pixels, mask, row + 2 * halo, nodata);
        const rowsAround = ring.rows(row, bands);
        around.row(rowsAround, results);
        const near = ring.hasInvalid ? ring.nearInvalid(rowsAround, halo, count) : null;
        const middle = rowsAround.invalid[halo];
        for (let band = 0; band < bands; band++) {
          let o = out.offset + band * out.stride[0] + row * out.stride[1];
          for (let i = band; i < count; i += bands, o += out.stride[2]) {
            if (near !== null && near[i] !== 0) {
              out.data[o] = middle[i + halo * bands] !== 0 ? fill : finish(around.sample(rowsAround, i));
              continue;
            }
            const value = results[i];
            out.data[o] = finish(value - value === 0 ? value : around.sample(rowsAround, i));
          }
        }
      }
    },
  };
}

/** The rows of samples that results are made from, each loaded once. */
class Ring {
  readonly #values: Float64Array[] = [];
  readonly #invalid: Uint8Array[] = [];
  readonly #isBroken: boolean[] = [];
  readonly #size: number;
  #length = 0;
  #near = new Uint8Array(0);
  results = new Float64Array(0);

  constructor(size: number) {
    this.#size = size;
  }

  resize(length: number): void {
    this.#length = length;
    if (this.results.length >= length) return;
    this.results = new Float64Array(length);
    this.#near = new Uint8Array(length);
    for (let i = 0; i < this.#size; i++) {
      this.#values[i] = new Float64Array(length);
      this.#invalid[i] = new Uint8Array(length);
    }
  }

  /** Whether any sample of the rows is invalid. */
  get hasInvalid(): boolean {
    return this.#isBroken.includes(true);
  }

  load(pixels: Pixels, mask: Mask | null, row: number, nodata: number): void {
    const [bands, , cols] = pixels.shape;
    const [bandStride, rowStride, colStride] = pixels.stride;
    const source = pixels.data;
    const values = this.#values[row % this.#size];
    const invalid = this.#invalid[row % this.#size];
    let broken = 0;
    for (let band = 0; band < bands; band++) {
      let i = pixels.offset + band * bandStride + row * rowStride;
      for (let col = 0, o = band; col < cols; col++, i += colStride, o += bands) {
        const value = source[i];
        const isInvalid = value === nodata || value - value !== 0 ? 1 : 0;
        values[o] = value;
        invalid[o] = isInvalid;
        broken |= isInvalid;
      }
    }
    if (mask !== null) {
      let m = mask.offset + row * mask.stride[0];
      for (let col = 0; col < cols; col++, m += mask.stride[1]) {
        if (mask.data[m] !== 0) continue;
        invalid.fill(1, col * bands, (col + 1) * bands);
        broken = 1;
      }
    }
    this.#isBroken[row % this.#size] = broken !== 0;
  }

  /** The rows around a row of results, from top to bottom. */
  rows(row: number, bands: number): Rows {
    const order = Array.from({ length: this.#size }, (_, i) => (row + i) % this.#size);
    return {
      values: order.map((i) => this.#values[i].subarray(0, this.#length)),
      invalid: order.map((i) => this.#invalid[i].subarray(0, this.#length)),
      bands,
    };
  }

  /** Which results have an invalid sample among those they are made from. */
  nearInvalid({ invalid, bands }: Rows, halo: number, count: number): Uint8Array {
    const near = this.#near.fill(0);
    const reach = 2 * halo * bands;
    for (const row of invalid) {
      for (let at = 0; at < count + reach; at++) {
        if (row[at] === 0) continue;
        for (let i = at; i >= at - reach; i -= bands) if (i >= 0 && i < count) near[i] = 1;
      }
    }
    return near;
  }
}
