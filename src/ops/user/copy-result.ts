import { isSamples, type Pixels } from '../../raster/block.js';
import type { Mask } from '../../raster/mask.js';

/** How what a user's function returned is taken. */
export interface ResultRules {
  /** The input's valid samples, halo included: 1 or 0. */
  readonly valid: Pixels;
  readonly halo: number;
  /** Whether NaN means invalid; else it is an error. */
  readonly makesInvalid: boolean;
}

/** How a sample of the output is made. */
export interface SampleRules {
  /** Makes a sample of the output's type of a finite value. */
  readonly finish: (value: number) => number;
  /** What invalid pixels become. */
  readonly fill: number;
}

/**
 * Takes what a user's function returned: checks it, and copies it.
 * @throws Error that says what is wrong with it
 */
export function copyResult(result: unknown, rules: ResultRules, { finish, fill }: SampleRules, out: Pixels): void {
  const [bands, rows, cols] = out.shape;
  const samples = checkArray(result, out.shape);
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const value = isValidAt(rules, bands, { band, row, col }) ? validSample(samples, rules, { band, row, col }) : null;
        out.set(band, row, col, value === null ? fill : finish(value));
      }
    }
  }
}

/** Marks the pixels of a result that are valid in at least one of its bands: not 0. */
export function markResult(result: unknown, rules: ResultRules, bands: number, into: Mask): void {
  const [rows, cols] = into.shape;
  const samples = checkArray(result, [bands, rows, cols]);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      let isValid = false;
      for (let band = 0; band < bands && !isValid; band++) {
        isValid = isValidAt(rules, bands, { band, row, col }) && validSample(samples, rules, { band, row, col }) !== null;
      }
      into.set(row, col, isValid ? 1 : 0);
    }
  }
}

interface Place {
  readonly band: number;
  readonly row: number;
  readonly col: number;
}

/** A result's band is valid where the input's band of its number is, if there are as many; else where all of the input's are. */
function isValidAt({ valid, halo }: ResultRules, bands: number, { band, row, col }: Place): boolean {
  if (valid.shape[0] === bands) return valid.get(band, row + halo, col + halo) === 1;
  for (let own = 0; own < valid.shape[0]; own++) if (valid.get(own, row + halo, col + halo) === 0) return false;
  return true;
}

/** The sample, where the input is valid; null where it makes itself invalid. */
function validSample(samples: Pixels, { makesInvalid }: ResultRules, { band, row, col }: Place): number | null {
  const value: unknown = samples.get(band, row, col);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (makesInvalid && typeof value === 'number' && Number.isNaN(value)) return null;
  throw new Error(`it returned ${String(value)} for band ${band + 1}, row ${row}, column ${col} of the window, which is valid`);
}

function checkArray(result: unknown, shape: readonly number[]): Pixels {
  const wanted = `wanted an ndarray of shape (${shape.join(', ')})`;
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new Error(`it returned a Promise, ${wanted}: a kernel is no async function`);
  }
  const array = result as Partial<Pixels> | null | undefined;
  if (typeof array !== 'object' || array === null || !Array.isArray(array.shape) || typeof array.get !== 'function') {
    throw new Error(`it returned ${array === null ? 'null' : typeof array}, ${wanted}`);
  }
  if (array.shape.length !== 3 || array.shape.some((length, i) => length !== shape[i])) {
    throw new Error(`it returned an ndarray of shape (${array.shape.join(', ')}), ${wanted}`);
  }
  if (!isSamples(array.data)) {
    throw new Error(`it returned an ndarray over ${String(array.dtype)}, wanted one over a typed array of numbers`);
  }
  return array as Pixels;
}
