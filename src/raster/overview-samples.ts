import { isFloat } from './dtype.js';
import { takenForNodata, type TakenRange } from './near-nodata.js';
import { comparableNodata, movedOff, nodataNumber } from './nodata.js';
import type { Reduction } from './overview-part.js';

const EVEN_LIMIT = 2 ** 52;

/** What averages become as samples of an overview. */
export class OverviewSamples {
  /** What a pixel is that no valid sample has a part in. */
  readonly fill: number;
  /** What invalid samples equal. */
  readonly nodata: number;
  /** What is taken for it, which nothing is where there is none. */
  readonly #taken: TakenRange;
  readonly #moved: number;
  readonly #isFloat: boolean;
  readonly #isFloat32: boolean;

  constructor({ dtype, nodata }: Reduction) {
    this.nodata = comparableNodata(dtype, nodata);
    this.#moved = Number.isNaN(this.nodata) ? Number.NaN : (movedOff(dtype, this.nodata) ?? Number.NaN);
    this.#isFloat = isFloat(dtype);
    this.#taken = takenForNodata(dtype, this.nodata);
    this.#isFloat32 = dtype === 'float32';
    this.fill = nodataNumber(nodata) ?? (this.#isFloat ? Number.NaN : 0);
  }

  /**
   * Halves go away from 0, as GDAL has it: levels are made one of the other, and rounding to even would drift from it. A
   * valid result that equals nodata moves off it.
   */
  sample(value: number): number {
    let sample = value;
    if (this.#isFloat32) sample = Math.fround(value);
    else if (!this.#isFloat && Math.abs(value) < EVEN_LIMIT) sample = value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5);
    return sample >= this.#taken.low && sample <= this.#taken.high ? this.#moved : sample;
  }
}
