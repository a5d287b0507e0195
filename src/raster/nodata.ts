import { UsageError } from '../errors.js';
import { masksByAlpha } from './alpha.js';
import { type DType, DTYPES, holds, isFloat, isPacked64, saturate } from './dtype.js';
import { nextDown, nextUp, takenForNodata } from './near-nodata.js';

/** A nodata value as plain JSON, which has no NaN and no infinities. null: there is none. */
export type Nodata = number | 'nan' | 'inf' | '-inf' | null;

/** Whether something is a nodata value. */
export function isNodata(value: unknown): value is Exclude<Nodata, null> {
  return Number.isFinite(value) || value === 'nan' || value === 'inf' || value === '-inf';
}

/** The number that a nodata value stands for; null where there is none. */
export function nodataNumber(nodata: Nodata): number | null {
  if (nodata === 'nan') return Number.NaN;
  if (nodata === 'inf') return Number.POSITIVE_INFINITY;
  if (nodata === '-inf') return Number.NEGATIVE_INFINITY;
  return nodata;
}

export function toNodata(value: number): Nodata {
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  return value === Number.NEGATIVE_INFINITY ? '-inf' : value;
}

/**
 * Reads a number as GDAL_NODATA and command lines write it: decimal, `nan`, `inf`, any case, spaces around.
 * @returns undefined where the text is no number
 */
export function parseNodata(text: string): Nodata | undefined {
  const word = text.trim().toLowerCase();
  if (/^[+-]?nan$/.test(word)) return 'nan';
  const infinity = /^([+-]?)inf(inity)?$/.exec(word);
  if (infinity) return infinity[1] === '-' ? '-inf' : 'inf';
  // MSVC's printf writes NaN as 1.#QNAN.
  if (/^-?1\.#(qnan|ind|snan)0*$/.test(word)) return 'nan';
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(word)) return undefined;
  return toNodata(Number(word));
}

/**
 * Reads the number of the tag GDAL_NODATA as GDAL does, by C's strtod: what follows the number is not looked at, a comma
 * is a point, hexadecimal digits follow 0x, and a text that does not begin with a number is 0. An empty one is none.
 */
export function parseTagNodata(text: string): Nodata {
  const word = text.trim().replace(',', '.');
  if (word === '') return null;
  const whole = parseNodata(word);
  if (whole !== undefined) return whole;
  const hexadecimal = /^([+-]?)0x([0-9a-f]+)/i.exec(word);
  if (hexadecimal !== null) return toNodata(Number.parseInt(hexadecimal[2], 16) * (hexadecimal[1] === '-' ? -1 : 1));
  const start = /^([+-]?(nan|inf)|[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)/i.exec(word);
  return start === null ? 0 : parseNodata(start[0])!;
}

/** A nodata value as GDAL writes it into its tag. */
export function formatNodata(nodata: Exclude<Nodata, null>): string {
  if (typeof nodata !== 'number') return nodata;
  // Whole numbers in full: a reader of 64-bit integers takes each digit for what it says.
  return Number.isInteger(nodata) && Math.abs(nodata) > Number.MAX_SAFE_INTEGER && Math.abs(nodata) < 2 ** 64 ? BigInt(nodata).toString() : String(nodata);
}

/**
 * What a kernel compares samples of `dtype` with by `===`: the nodata value rounded to float32 where samples are
 * float32, without its fraction, as GDAL has it, where they are integers, and NaN, which equals nothing, where there is
 * none or the type cannot hold it. Float kernels test NaN and
 * infinities apart, whatever the nodata value.
 */
export function comparableNodata(dtype: DType, nodata: Nodata): number {
  const value = nodataNumber(nodata);
  if (value === null) return Number.NaN;
  if (dtype === 'float32') return Math.fround(value);
  if (isPacked64(dtype) && value === lastOf(dtype)) return value;
  const sample = isFloat(dtype) ? value : Math.trunc(value);
  return holds(dtype, sample) ? sample : Number.NaN;
}

/** 64-bit integers are worked on as doubles, so their last value is 2^63 or 2^64. */
const lastOf = (dtype: 'uint64' | 'int64'): number => 2 ** (dtype === 'int64' ? 63 : 64);

/** Whether any sample of the type can equal the nodata value; NaN is of no type but floats. */
export function isComparable(dtype: DType, nodata: Nodata): boolean {
  return nodata !== null && ((nodata === 'nan' && isFloat(dtype)) || !Number.isNaN(comparableNodata(dtype, nodata)));
}

/** What samples that a file does not store are taken for: the nodata value as a sample of the type, else 0. */
export function absentSample(dtype: DType, nodata: Nodata): number {
  const value = nodataNumber(nodata) ?? 0;
  if (isPacked64(dtype) && value === lastOf(dtype)) return value;
  return Number.isNaN(value) && !isFloat(dtype) ? 0 : saturate(dtype, value);
}

/** Whether any sample of a raster of this type and nodata value can be invalid. */
export function canBeInvalid(dtype: DType, nodata: Nodata): boolean {
  return isFloat(dtype) || nodata !== null;
}

/**
 * The sample nearest to a nodata value that is not it, nor of floats taken for it: the next one of the type, up, or down
 * from the type's largest.
 * @returns null where no finite sample of the type equals the value
 */
export function movedOff(dtype: DType, nodata: number): number | null {
  const value = dtype === 'float32' ? Math.fround(nodata) : nodata;
  const { kind, max } = DTYPES[dtype];
  if (!Number.isFinite(value) || !holds(dtype, value)) return null;
  // Beyond 2^53 whole numbers are further apart than 1.
  if (kind !== 'float' && Math.abs(value) < Number.MAX_SAFE_INTEGER) return value === max ? value - 1 : value + 1;
  const { low, high } = takenForNodata(dtype, value);
  return high === max ? nextDown(dtype, low) : nextUp(dtype, high);
}

/** Values that an operation may produce for valid pixels, both ends included. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** What says which samples of a raster are invalid. */
export interface Validity {
  readonly dtype: DType;
  readonly nodata: Nodata;
  readonly mask: boolean;
  /** The band that says how opaque a pixel is; null: there is none. */
  readonly alpha: number | null;
}

/** How the output marks invalid pixels: by a nodata value, by a mask, or not at all. */
export interface Marking {
  readonly nodata: Nodata;
  readonly mask: boolean;
}

/**
 * Chooses how an output marks invalid pixels. In order: what the user asked for; a mask, where the input has one; the input's nodata value, where the
 * output type holds it and no valid result can equal it; the type's largest value (NaN for floats) under the same
 * condition; an internal mask. An input none of whose pixels can be invalid gets nothing. Beside a mask such a value marks what is
 * invalid in some bands only.
 * @param range what valid results can be, before they are saturated to the type; undefined: they are moved off nodata
 * @param makesInvalid whether results can be undefined: then there is a marking whatever the input, and NaN for floats
 * @throws UsageError where the wanted value lies in the range or the type has no such value
 */
export function chooseMarking(
  input: Validity,
  output: { readonly dtype: DType; readonly bands: number; readonly range: ValueRange | undefined; readonly wanted?: Nodata | undefined; readonly makesInvalid?: boolean },
): Marking {
  const { dtype } = output;
  const info = DTYPES[dtype];
  // Results and nodata alike are samples of the type: rounded, saturated, in float32 where it is float32.
  const low = saturate(dtype, output.range?.min ?? info.min);
  const high = saturate(dtype, output.range?.max ?? info.max);
  const isFree = (nodata: Nodata): boolean => {
    const value = nodataNumber(nodata);
    if (value === null) return false;
    if (output.range === undefined) return true;
    const sample = dtype === 'float32' ? Math.fround(value) : value;
    const taken = takenForNodata(dtype, sample);
    return Number.isNaN(sample) || taken.high < low || taken.low > high;
  };
  const spareValue = (): Nodata => {
    const own = output.makesInvalid && info.kind === 'float' ? null : nodataNumber(input.nodata);
    if (own !== null && holds(dtype, own) && isFree(input.nodata)) return input.nodata;
    const last: Nodata = info.kind === 'float' ? 'nan' : info.max;
    return isFree(last) ? last : null;
  };
  if (output.wanted !== undefined && output.wanted !== null) {
    if (input.alpha !== null) {
      throw new UsageError(`--nodata ${formatNodata(output.wanted)}: the input has an alpha band, which stays and marks invalid pixels`);
    }
    if (!canHold(dtype, output.wanted)) {
      throw new UsageError(`--nodata ${formatNodata(output.wanted)}: ${dtype} has no such value`);
    }
    if (!isFree(output.wanted)) throw new UsageError(nodataInRange(output.wanted, low, high));
    return { nodata: output.wanted, mask: false };
  }
  const isOpen = (output.range === undefined ? hasInvalid(input) : canBeInvalid(input.dtype, input.nodata)) || output.makesInvalid === true;
  // A mask has one say for all bands.
  if (input.mask) return { nodata: isOpen && output.bands > 1 && input.alpha === null ? spareValue() : null, mask: true };
  // Readers heed a nodata value and forget the alpha band over it, and in types that they do not expect alpha in; a
  // mask says what alpha and nodata do.
  if (input.alpha !== null) return { nodata: null, mask: isOpen || !masksByAlpha(output, input.alpha) };
  if (!isOpen) return { nodata: null, mask: false };
  const nodata = spareValue();
  return { nodata, mask: nodata === null };
}

/** Whether a sample can be invalid by its value: not by a nodata value that the type cannot hold. */
function hasInvalid({ dtype, nodata }: Validity): boolean {
  return isFloat(dtype) || !Number.isNaN(comparableNodata(dtype, nodata));
}

/** Whether samples of the type can be equal to the value, as nodata values are compared. */
function canHold(dtype: DType, nodata: Nodata): boolean {
  const value = nodataNumber(nodata);
  if (value === null) return false;
  const sample = dtype === 'float32' ? Math.fround(value) : value;
  return holds(dtype, sample) && Number.isFinite(sample) === Number.isFinite(value);
}

function nodataInRange(nodata: Exclude<Nodata, null>, low: number, high: number): string {
  const text = formatNodata(nodata);
  const remedy =
    nodata === low && high - low > 1
      ? `--range ${low + 1},${high} --nodata ${text}`
      : nodata === high && high - low > 1
        ? `--range ${low},${high - 1} --nodata ${text}`
        : `a value below ${low} or above ${high}`;
  return `--nodata ${text} lies in the target range ${low}..${high}, so valid pixels could turn into nodata: give ${remedy}`;
}
