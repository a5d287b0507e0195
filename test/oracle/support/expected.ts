import { bandOf, type DType, SAMPLE_TYPES, type SampleArray, type TiffSpec } from '../../../fixtures/tiff-spec.js';
import type { NormalizeOptions } from './run.js';

/**
 * `normalize` once more, for whole images in memory, by the words of its documentation and without the program's own
 * sources: the tests' second opinion on the pixels.
 */
export interface Expected {
  readonly dtype: DType;
  /** Each band, row by row, in the output's type. */
  readonly bands: readonly SampleArray[];
  /** Each band's valid pixels; of an alpha band, those that are not transparent. */
  readonly valid: readonly boolean[][];
  /** The alpha band, which is no other band's and so does not count in a mask; null: there is none. */
  readonly alpha: number | null;
  /** The nodata value that the output's tag holds; null: no such tag. */
  readonly nodata: number | null;
  /** Whether the output has a mask of its own. */
  readonly mask: boolean;
}

const LARGEST_FLOAT32 = 3.4028234663852886e38;

export function expectNormalized(spec: TiffSpec, options: NormalizeOptions = {}): Expected {
  const { range = { min: 0, max: 4096 }, dtype = 'uint16', scope = 'window', percentile } = options;
  const window = scope === 'window' ? (options.window ?? 256) : Math.max(spec.width, spec.height);
  const { nodata, mask } = expectedMarking(spec, range, dtype, options.nodata);
  const inputNodata = nodataOf(spec);
  const alpha = alphaOf(spec);
  const opacity = alpha === null ? null : bandOf(spec, alpha);
  const bands: SampleArray[] = [];
  const valid: boolean[][] = [];
  const isValidOf = (input: SampleArray): boolean[] => Array.from(input, (value, at) => Number.isFinite(value) && value !== inputNodata && opacity?.[at] !== 0);
  const everything = Array.from({ length: spec.bands }, (_, band) => band)
    .filter((band) => scope === 'dataset' && band !== alpha)
    .flatMap((band) => {
      const input = bandOf(spec, band);
      const isValid = isValidOf(input);
      return Array.from(input).filter((_, at) => isValid[at]);
    });
  for (let band = 0; band < spec.bands; band++) {
    const input = bandOf(spec, band);
    if (band === alpha) {
      bands.push(rescaledAlpha(input, spec.dtype, dtype));
      valid.push(Array.from(input, (value) => value !== 0));
      continue;
    }
    const isValid = isValidOf(input);
    const output = SAMPLE_TYPES[dtype].array(input.length).fill(nodata ?? 0);
    for (let row = 0; row < spec.height; row += window) {
      for (let col = 0; col < spec.width; col += window) {
        const places = placesOf(spec, row, col, window).filter((at) => isValid[at]);
        const sorted = Float64Array.from(scope === 'dataset' ? everything : places.map((at) => input[at])).sort();
        const [min, max] = (percentile ?? [0, 100]).map((percent) => quantile(sorted, percent / 100));
        for (const at of places) {
          const value = input[at];
          const result = percentile === undefined || (value > min && value < max) ? stretched(value, { min, max }, range) : value <= min ? range.min : range.max;
          output[at] = fitted(dtype, result);
        }
      }
    }
    bands.push(output);
    valid.push(isValid);
  }
  return { dtype, bands, valid, alpha, nodata, mask };
}

/** Whether GDAL takes an alpha band for a mask: it is the last of two or four, of 8 bits or 16 without a sign. */
function isMaskedByAlpha(bands: number, dtype: DType): boolean {
  return (bands === 2 || bands === 4) && ['uint8', 'int8', 'uint16'].includes(dtype);
}

/**
 * The alpha band that says which pixels are valid; null where there is none. ExtraSamples calls it 1, associated, or 2.
 * Where a nodata value says it, GDAL does not look at alpha.
 */
function alphaOf({ bands, dtype, extraSamples = [], nodata }: TiffSpec): number | null {
  const last = extraSamples.at(-1);
  const { min, max } = SAMPLE_TYPES[dtype];
  const value = nodata === undefined ? NaN : numberOfText(nodata);
  return (last === 1 || last === 2) && isMaskedByAlpha(bands, dtype) && !(value >= min && value <= max) ? bands - 1 : null;
}

/** Alpha from one type's full range to another's; what is not transparent stays so. In its own type it is as it was. */
function rescaledAlpha(input: SampleArray, from: DType, to: DType): SampleArray {
  if (from === to) return input;
  const full = (dtype: DType): number => (SAMPLE_TYPES[dtype].format === 3 ? 1 : SAMPLE_TYPES[dtype].max);
  const isFloat = SAMPLE_TYPES[to].format === 3;
  const output = SAMPLE_TYPES[to].array(input.length);
  input.forEach((value, at) => {
    const scaled = value * (full(to) / full(from));
    output[at] = value <= 0 ? 0 : isFloat ? scaled : Math.max(1, nearestEven(scaled));
  });
  return output;
}

/** What an input sample must equal to be nodata; null where none can. */
export function nodataOf(spec: TiffSpec): number | null {
  if (spec.nodata === undefined) return null;
  const value = numberOfText(spec.nodata);
  return spec.dtype === 'float32' ? Math.fround(value) : value;
}

/** A nodata text as the files here have it: decimal, or GDAL's words for what is not finite. */
export function numberOfText(text: string): number {
  const words: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
  return words[text] ?? Number(text);
}

/** How the output marks its invalid pixels, by the rules of the documentation, in their order. */
function expectedMarking(
  spec: TiffSpec,
  range: { readonly min: number; readonly max: number },
  dtype: DType,
  wanted: NormalizeOptions['nodata'],
): { nodata: number | null; mask: boolean } {
  const isFloat = SAMPLE_TYPES[dtype].format === 3;
  const canBeInvalid = SAMPLE_TYPES[spec.dtype].format === 3 || spec.nodata !== undefined;
  const asSample = (value: number): number => SAMPLE_TYPES[dtype].array(1).fill(value)[0];
  const isOutside = (value: number): boolean => !(asSample(value) >= fitted(dtype, range.min) && asSample(value) <= fitted(dtype, range.max));
  const isHeld = (value: number): boolean => Object.is(asSample(value), value);
  if (wanted !== undefined) return { nodata: numberOfText(String(wanted)), mask: false };
  // Readers forget an alpha band over a nodata value, and in types that they do not expect alpha in.
  if (alphaOf(spec) !== null) return { nodata: null, mask: canBeInvalid || !isMaskedByAlpha(spec.bands, dtype) };
  if (!canBeInvalid) return { nodata: null, mask: false };
  const own = spec.nodata === undefined ? null : numberOfText(spec.nodata);
  if (own !== null && isHeld(own) && isOutside(own)) return { nodata: own, mask: false };
  const last = isFloat ? Number.NaN : SAMPLE_TYPES[dtype].max;
  return isOutside(last) ? { nodata: last, mask: false } : { nodata: null, mask: true };
}

/** The places of a window's pixels, which ends with the image. */
function placesOf(spec: TiffSpec, row: number, col: number, window: number): number[] {
  const places: number[] = [];
  for (let r = row; r < Math.min(row + window, spec.height); r++) {
    for (let c = col; c < Math.min(col + window, spec.width); c++) places.push(r * spec.width + c);
  }
  return places;
}

/** The type 7 of Hyndman and Fan, numpy's `linear`. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  const part = place - Math.floor(place);
  if (part === 0) return low;
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** The formula as it is documented; where doubles are too small for its steps, the same from halves. */
function stretched(value: number, from: Range, to: Range): number {
  const scale = to.max - to.min;
  if (from.min === from.max) return to.min;
  const span = from.max - from.min;
  if (span * scale < Infinity) return ((value - from.min) * scale) / span + to.min;
  if (span < Infinity) return ((value - from.min) / span) * scale + to.min;
  return ((value / 2 - from.min / 2) / (from.max / 2 - from.min / 2)) * scale + to.min;
}

/** The value as a sample: whole and inside the type's range for integers, inside float32's range for float32. */
function fitted(dtype: DType, value: number): number {
  const { format, min, max } = SAMPLE_TYPES[dtype];
  if (dtype === 'float32') return Math.fround(Math.min(Math.max(value, -LARGEST_FLOAT32), LARGEST_FLOAT32));
  return format === 3 ? value : Math.min(Math.max(nearestEven(value), min), max);
}

/** The nearest whole number, of two the even one. */
export function nearestEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 ? below : below + 1;
}
