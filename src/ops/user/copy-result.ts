import type { Pixels } from '../../raster/block.js';

export interface ResultRules {
  /** The input's valid samples, halo included: 1 or 0. */
  readonly valid: Pixels;
  readonly halo: number;
  readonly out: Pixels;
  /** Makes a sample of the output's type of a finite value. */
  readonly finish: (value: number) => number;
  /** What invalid pixels become. */
  readonly fill: number;
  /** Whether NaN means invalid; else it is an error. */
  readonly makesInvalid: boolean;
}

/**
 * Takes what a user's function returned: checks it, and copies it. A result's band is valid where the input's band of
 * its number is, if there are as many; else where all of the input's bands are.
 * @throws Error that says what is wrong with it
 */
export function copyResult(result: unknown, { valid, halo, out, finish, fill, makesInvalid }: ResultRules): void {
  const [bands, rows, cols] = out.shape;
  const samples = checkArray(result, out.shape);
  const isSame = valid.shape[0] === bands;
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        if (!(isSame ? valid.get(band, row + halo, col + halo) === 1 : isValidInAll(valid, row + halo, col + halo))) {
          out.set(band, row, col, fill);
          continue;
        }
        const value: unknown = samples.get(band, row, col);
        if (typeof value === 'number' && Number.isFinite(value)) out.set(band, row, col, finish(value));
        else if (makesInvalid && typeof value === 'number' && Number.isNaN(value)) out.set(band, row, col, fill);
        else throw new Error(`it returned ${String(value)} for band ${band + 1}, row ${row}, column ${col} of the window, which is valid`);
      }
    }
  }
}

function isValidInAll(valid: Pixels, row: number, col: number): boolean {
  for (let band = 0; band < valid.shape[0]; band++) if (valid.get(band, row, col) === 0) return false;
  return true;
}

function checkArray(result: unknown, shape: readonly number[]): { readonly get: (band: number, row: number, col: number) => unknown } {
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
  if (!ArrayBuffer.isView(array.data) || array.data instanceof DataView || array.data instanceof BigInt64Array || array.data instanceof BigUint64Array) {
    throw new Error(`it returned an ndarray over ${String(array.dtype)}, wanted one over a typed array of numbers`);
  }
  return array as Pixels;
}
