import { type DType, DTYPES, isFloat } from './dtype.js';

/** Values from one to another, both included. */
export interface TakenRange {
  readonly low: number;
  readonly high: number;
}

const EPSILON32 = 2 ** -23;
/** Beyond what GDAL takes for a nodata value, as a part of it. */
const BEYOND = 8 * EPSILON32;

/**
 * The floats that GDAL takes for a nodata value, and with it all that read by it: those next to it on either side are too near for
 * its comparison, ARE_REAL_EQUAL of gdal_priv.h, which makes up for nodata values that were written with a digit too few. It goes
 * by float32's precision for float64 too.
 * @param nodata a number of the type
 * @returns of integers, NaN and infinities themselves
 */
export function takenForNodata(dtype: DType, nodata: number): TakenRange {
  if (!isFloat(dtype) || !Number.isFinite(nodata)) return { low: nodata, high: nodata };
  const { round, isTaken } = dtype === 'float32' ? SINGLE : DOUBLE;
  const { max } = DTYPES[dtype];
  /** The last float that is taken on the way to one that is not. */
  const lastBefore = (beyond: number): number => {
    const end = Math.min(max, Math.max(-max, beyond));
    if (isTaken(end, nodata)) return end;
    for (let [taken, free] = [nodata, round(end)]; ; ) {
      const middle = round(taken / 2 + free / 2);
      if (middle === taken || middle === free) return taken;
      if (isTaken(middle, nodata)) taken = middle;
      else free = middle;
    }
  };
  const [inner, outer] = [lastBefore(nodata * (1 - BEYOND)), lastBefore(nodata * (1 + BEYOND))];
  return { low: Math.min(inner, outer), high: Math.max(inner, outer) };
}

interface Comparison {
  /** To the nearest number of the type. */
  readonly round: (value: number) => number;
  readonly isTaken: (sample: number, nodata: number) => boolean;
}

/** Float32: by steps in float32, but for a sum that is too large. */
const SINGLE: Comparison = {
  round: Math.fround,
  isTaken: (sample, nodata) => {
    const sum = Math.fround(sample + nodata);
    const tolerance = Math.fround(Math.fround(EPSILON32 * Math.abs(sum)) * 2);
    return Math.fround(Math.abs(sample - nodata)) < (Number.isFinite(sum) ? tolerance : EPSILON32 * Math.abs(sample + nodata) * 2);
  },
};

const DOUBLE: Comparison = {
  round: (value) => value,
  isTaken: (sample, nodata) => Math.abs(sample - nodata) < EPSILON32 * Math.abs(sample / 2 + nodata / 2) * 4,
};

/** The next larger float: a float's bits count up with its distance from 0. */
export function nextUp(dtype: DType, value: number): number {
  if (dtype === 'float32') {
    const bits = new Int32Array(1);
    const sample = new Float32Array(bits.buffer);
    sample[0] = value;
    if (value === 0) bits[0] = 1;
    else bits[0] += value > 0 ? 1 : -1;
    return sample[0];
  }
  const bits = new BigInt64Array(1);
  const sample = new Float64Array(bits.buffer);
  sample[0] = value;
  if (value === 0) bits[0] = 1n;
  else bits[0] += value > 0 ? 1n : -1n;
  return sample[0];
}

/** The next smaller one. */
export const nextDown = (dtype: DType, value: number): number => -nextUp(dtype, -value);
