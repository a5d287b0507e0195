import { shown, UsageError } from '../errors.js';
import { isSamples, liesWithin, type Pixels } from '../raster/block.js';
import { isObject } from './kind.js';

/** Looks at an array that a program gives: an ndarray of a shape, all of it there. @param what what messages call it @throws UsageError */
export function checkArray(what: string, array: unknown, shape: readonly number[]): void {
  const wanted = `wanted an ndarray of shape (${shape.join(', ')})`;
  if (!isObject(array) || !Array.isArray(array['shape']) || !Array.isArray(array['stride'])) throw new UsageError(`${what} is ${shown(array)}, ${wanted}`);
  const given = array as unknown as Pixels;
  if (given.shape.length !== shape.length || given.shape.some((length, i) => length !== shape[i])) {
    throw new UsageError(`${what} of shape (${given.shape.join(', ')}), wanted (${shape.join(', ')})`);
  }
  if (!isSamples(given.data)) {
    throw new UsageError(`${what} over ${given.dtype}, wanted a typed array of numbers: 64-bit integers are given as float64`);
  }
  if (!liesWithin(given)) throw new UsageError(`${what} of shape (${shape.join(', ')}) over ${(given.data as Float64Array).length} samples: some are not there`);
}
