import { UsageError } from '../errors.js';

/**
 * Sample types, by rasterio's names. 64-bit integers are worked on as float64, exact up to 2^53, and packed where they
 * are read and written.
 */
export type DType =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float32'
  | 'float64';

/** The arrays that hold samples. */
export type Samples =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

export interface DTypeInfo {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly kind: 'uint' | 'int' | 'float';
  /** Smallest and largest finite value. */
  readonly min: number;
  readonly max: number;
  /** An array of `length` samples over `buffer` from `byteOffset`, which is a multiple of `bytes`. */
  readonly over: (buffer: ArrayBufferLike, byteOffset: number, length: number) => Samples;
}

const FLOAT32_MAX = 3.4028234663852886e38;

export const DTYPES: Readonly<Record<DType, DTypeInfo>> = {
  uint8: { bytes: 1, kind: 'uint', min: 0, max: 255, over: (b, o, n) => new Uint8Array(b, o, n) },
  int8: { bytes: 1, kind: 'int', min: -128, max: 127, over: (b, o, n) => new Int8Array(b, o, n) },
  uint16: { bytes: 2, kind: 'uint', min: 0, max: 65535, over: (b, o, n) => new Uint16Array(b, o, n) },
  int16: { bytes: 2, kind: 'int', min: -32768, max: 32767, over: (b, o, n) => new Int16Array(b, o, n) },
  uint32: { bytes: 4, kind: 'uint', min: 0, max: 4294967295, over: (b, o, n) => new Uint32Array(b, o, n) },
  int32: { bytes: 4, kind: 'int', min: -2147483648, max: 2147483647, over: (b, o, n) => new Int32Array(b, o, n) },
  // The largest doubles below 2^64 and 2^63.
  uint64: { bytes: 8, kind: 'uint', min: 0, max: 18446744073709549568, over: (b, o, n) => new Float64Array(b, o, n) },
  int64: { bytes: 8, kind: 'int', min: -(2 ** 63), max: 9223372036854774784, over: (b, o, n) => new Float64Array(b, o, n) },
  float32: { bytes: 4, kind: 'float', min: -FLOAT32_MAX, max: FLOAT32_MAX, over: (b, o, n) => new Float32Array(b, o, n) },
  float64: {
    bytes: 8,
    kind: 'float',
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    over: (b, o, n) => new Float64Array(b, o, n),
  },
};

export const DTYPE_NAMES = Object.keys(DTYPES) as readonly DType[];

export function isDType(name: string): name is DType {
  return Object.hasOwn(DTYPES, name);
}

/** @throws UsageError for a name that is no sample type */
export function parseDType(name: string): DType {
  if (isDType(name)) return name;
  throw new UsageError(`sample type "${name}" is not known: give one of ${DTYPE_NAMES.join(', ')}`);
}

/** Whether samples of the type are worked on in another form than a file stores. */
export function isPacked64(dtype: DType): dtype is 'uint64' | 'int64' {
  return dtype === 'uint64' || dtype === 'int64';
}

export function isFloat(dtype: DType): boolean {
  return DTYPES[dtype].kind === 'float';
}

/**
 * Round half to even: the sum with 1.5 * 2^52 leaves no fraction bits, and IEEE 754 rounds it to even; beyond 2^51, where that
 * is too large, the sum with 2^52 of its sign. From 2^52 on all doubles are whole.
 */
export function roundHalfToEven(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < 2251799813685248) return x + 6755399441055744 - 6755399441055744;
  if (magnitude >= 4503599627370496) return x;
  return x < 0 ? x - 4503599627370496 + 4503599627370496 : x + 4503599627370496 - 4503599627370496;
}

/** The value as a sample of the type: integers rounded half to even and saturated, float32 rounded to float32. */
export function saturate(dtype: DType, value: number): number {
  const { kind, min, max } = DTYPES[dtype];
  if (kind === 'float') return dtype === 'float32' ? Math.fround(value) : value;
  return Math.min(max, Math.max(min, roundHalfToEven(value)));
}

/** Whether the type has a sample of exactly this value; NaN and infinities only in float types. */
export function holds(dtype: DType, value: number): boolean {
  const { kind, min, max } = DTYPES[dtype];
  if (kind !== 'float') return Number.isInteger(value) && value >= min && value <= max;
  return Number.isNaN(value) || dtype === 'float64' || Math.fround(value) === value;
}
