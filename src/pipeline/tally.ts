import { BinFinder } from '../raster/bins.js';
import { DigitCounts } from '../raster/digit-counts.js';
import { MOMENTS, momentsOf } from '../raster/moments.js';
import { comparableNodata } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';
import { sampleOrder } from '../raster/sample-order.js';
import { gatherValid } from '../raster/valid-samples.js';
import { ValueCounts } from '../raster/value-counts.js';
import type { Patch } from './patch.js';
import type { DigitsPass, StatisticsCounts, StatisticsPass, ValuesPass } from './statistics-worker.js';

/** What one worker finds in one pass. */
export interface Tally {
  /** Adds the cells of a task. @returns their moments, if they are wanted */
  add(cells: readonly Patch[]): Float64Array;
  /** What was counted so far. */
  counts(): StatisticsCounts;
}

export function openTally(profile: Profile, pass: StatisticsPass): Tally {
  return pass.kind === 'values' ? tallyValues(profile, pass) : new DigitsTally(profile, pass);
}

function tallyValues({ dtype, nodata }: Profile, { populations }: ValuesPass): Tally {
  const values = new ValueCounts(dtype, populations);
  const none = new Float64Array(0);
  return {
    add: (cells) => {
      for (const { pixels, mask } of cells) values.add(pixels, mask);
      return none;
    },
    counts: () => ({ counts: values.totals(comparableNodata(dtype, nodata)), bins: [] }),
  };
}

class DigitsTally implements Tally {
  readonly #pass: DigitsPass;
  readonly #nodata: number;
  readonly #digits: DigitCounts;
  readonly #bins: readonly ({ readonly finder: BinFinder; readonly counts: Float64Array } | null)[];
  #values = new Float64Array(0);

  constructor({ dtype, nodata }: Profile, pass: DigitsPass) {
    this.#pass = pass;
    this.#nodata = comparableNodata(dtype, nodata);
    this.#digits = new DigitCounts(sampleOrder(dtype), pass.level, pass.targets);
    this.#bins = pass.bins.map((bins) => bins && { finder: new BinFinder(bins), counts: new Float64Array(bins.count) });
  }

  add(cells: readonly Patch[]): Float64Array {
    const { bands, moments: wantsMoments } = this.#pass;
    const moments = new Float64Array(wantsMoments ? cells.length * bands.length * MOMENTS : 0);
    cells.forEach(({ window, pixels, mask }, cell) => {
      if (this.#values.length < window.width * window.height) this.#values = new Float64Array(window.width * window.height);
      bands.forEach((band, i) => {
        const count = gatherValid(pixels, band, this.#nodata, mask, this.#values);
        if (wantsMoments) moments.set(momentsOf(this.#values, count), (cell * bands.length + i) * MOMENTS);
        this.#digits.add(band, this.#values, count);
        this.#addToBins(i, count);
      });
    });
    return moments;
  }

  counts(): StatisticsCounts {
    return { counts: this.#digits.totals(), bins: this.#bins.map((bins) => bins?.counts ?? new Float64Array(0)) };
  }

  #addToBins(i: number, count: number): void {
    const bins = this.#bins[i] ?? null;
    if (bins === null) return;
    const { finder, counts } = bins;
    for (let at = 0; at < count; at++) counts[finder.binOf(this.#values[at])]++;
  }
}
