import { type DType, DTYPES, roundHalfToEven } from '../../raster/dtype.js';
import { takenForNodata } from '../../raster/near-nodata.js';
import { movedOff, type Nodata, nodataNumber } from '../../raster/nodata.js';

/**
 * Makes a valid sample of a computed value: integers rounded half to even and saturated, floats kept finite, and what
 * equals nodata, or is taken for it, moved to the next value of the type that is not, up, or down from the type's largest.
 * @returns a function of any number but NaN
 */
export function finisher({ dtype, nodata }: { readonly dtype: DType; readonly nodata: Nodata }): (value: number) => number {
  const { kind, min, max } = DTYPES[dtype];
  const avoided = nodataNumber(nodata);
  const other = avoided === null ? null : movedOff(dtype, avoided);
  if (kind !== 'float') {
    if (other === null) return (value) => Math.min(max, Math.max(min, roundHalfToEven(value)));
    return (value) => {
      const sample = Math.min(max, Math.max(min, roundHalfToEven(value)));
      return sample === avoided ? other : sample;
    };
  }
  if (other === null) return (value) => Math.min(max, Math.max(min, value));
  const isSingle = dtype === 'float32';
  const { low, high } = takenForNodata(dtype, isSingle ? Math.fround(avoided!) : avoided!);
  return (value) => {
    const finite = Math.min(max, Math.max(min, value));
    const sample = isSingle ? Math.fround(finite) : finite;
    return sample >= low && sample <= high ? other : finite;
  };
}

/** What invalid pixels become: nodata, else 0. */
export function fillOf(nodata: Nodata): number {
  return nodataNumber(nodata) ?? 0;
}
