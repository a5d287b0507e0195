import { shown, UsageError } from '../errors.js';
import type { Pixels } from '../raster/block.js';
import type { DType } from '../raster/dtype.js';
import type { Mask } from '../raster/mask.js';
import { comparableNodata, type Nodata } from '../raster/nodata.js';
import { CHUNK, compileExpression, type Evaluate } from './expression/compile.js';
import { listNames, namesIn, parseExpression } from './expression/parse.js';
import { fillOf, finisher } from './loops/finish.js';
import { type Operation, PIXEL } from './operation.js';
import { dtypeParam, nodataParam, param } from './params.js';

interface CalcParams {
  readonly expr: string;
  readonly dtype: DType;
  readonly nodata: Nodata | undefined;
  /** The band of each name, from 0; by default b1, b2 … */
  readonly names?: Readonly<Record<string, number>>;
}

/** Computes one band from an expression of bands. */
export default {
  name: 'calc',
  summary: 'Compute one band from an expression of bands: (b4 - b3) / (b4 + b3).',
  params: {
    expr: param({
      name: 'expr',
      placeholder: 'EXPR',
      help: 'expression of b1, b2 …, of a.b1 where an input is called a',
      standard: undefined,
      required: true,
      examples: ['b1 * 2 - 1', 'where(b1 > 20, sqrt(b1), b1 / (b1 - 7))', 'log(b1) + 0.5 ** (b1 % 3)'],
      read: (text) => {
        parseExpression(text);
        return text;
      },
      // What the text says is looked at with the bands there are.
      check: (value) => (typeof value === 'string' ? undefined : 'wanted an expression, a text'),
    }),
    dtype: dtypeParam('float32'),
    nodata: { ...nodataParam, help: 'output nodata value (default: NaN for floats, else the input\'s where it fits)' },
  },
  innerParams: ['names'],
  footprint: () => PIXEL,
  describe: (input, params) => {
    const { expr, dtype, nodata, names } = params as unknown as CalcParams;
    for (const place of placesOf(expr, names ?? standardNames(input.bands)).values()) checkPlace(place, input.bands);
    return { bands: [null], dtype, range: undefined, nodata, keepsValues: false, makesInvalid: true };
  },
  open: (input, output, params) => {
    const { expr, names } = params as unknown as CalcParams;
    const chunks = new Chunks(placesOf(expr, names ?? standardNames(input.bands)), comparableNodata(input.dtype, input.nodata));
    const evaluate = compileExpression(parseExpression(expr), (name) => chunks.of(name));
    const finish = finisher(output);
    const fill = fillOf(output.nodata);
    return {
      apply: (pixels, mask, _, out) => {
        const target = out.data;
        const [, rowStride, colStride] = out.stride;
        chunks.each(pixels, mask, evaluate, (values, valid, { row, col, count }) => {
          let o = out.offset + row * rowStride + col * colStride;
          for (let i = 0; i < count; i++, o += colStride) {
            const value = values[i];
            // The difference is NaN for NaN and both infinities: what is undefined is invalid.
            target[o] = valid[i] === 0 || value - value !== 0 ? fill : finish(value);
          }
        });
      },
      markValid: (pixels, mask, into) => {
        chunks.each(pixels, mask, evaluate, (values, valid, { row, col, count }) => {
          for (let i = 0; i < count; i++) into.set(row, col + i, valid[i] === 0 || values[i] - values[i] !== 0 ? 0 : 1);
        });
      },
    };
  },
} satisfies Operation;

const standardNames = (bands: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: bands }, (_, band) => [`b${band + 1}`, band]));

/** @throws UsageError where a name stands for no band that there is */
function checkPlace(place: unknown, bands: number): void {
  if (Number.isInteger(place) && (place as number) >= 0 && (place as number) < bands) return;
  throw new UsageError(`calc: a place in names is ${shown(place)}, wanted a whole number from 0 to ${bands - 1}`);
}

/** The band that each name of an expression stands for. @throws UsageError for a name that is none */
function placesOf(expr: string, names: Readonly<Record<string, number>>): Map<string, number> {
  const places = new Map<string, number>();
  for (const name of namesIn(parseExpression(expr))) {
    if (!Object.hasOwn(names, name)) throw new UsageError(`--expr "${expr}": there is no ${name}: the bands are ${listNames(Object.keys(names))}`);
    places.set(name, names[name]);
  }
  return places;
}

/** A run of pixels within a row. */
interface Run {
  readonly row: number;
  readonly col: number;
  readonly count: number;
}

/** The samples of the bands that an expression names, a chunk at a time, and which pixels are valid in all of them. */
class Chunks {
  readonly #nodata: number;
  readonly #bands: readonly { readonly band: number; readonly samples: Float64Array }[];
  readonly #byName: ReadonlyMap<string, Float64Array>;
  readonly #valid = new Uint8Array(CHUNK);

  constructor(places: ReadonlyMap<string, number>, nodata: number) {
    this.#nodata = nodata;
    const bands = [...new Set(places.values())].map((band) => ({ band, samples: new Float64Array(CHUNK) }));
    this.#bands = bands;
    this.#byName = new Map([...places].map(([name, place]) => [name, bands.find(({ band }) => band === place)!.samples]));
  }

  of(name: string): Float64Array {
    return this.#byName.get(name)!;
  }

  each(
    pixels: Pixels,
    mask: Mask | null,
    evaluate: Evaluate,
    visit: (values: Float64Array, valid: Uint8Array, run: Run) => void,
  ): void {
    const [, rows, cols] = pixels.shape;
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col += CHUNK) {
        const run = { row, col, count: Math.min(CHUNK, cols - col) };
        this.#load(pixels, mask, run);
        visit(evaluate(run.count), this.#valid, run);
      }
    }
  }

  #load(pixels: Pixels, mask: Mask | null, { row, col, count }: Run): void {
    const valid = this.#valid;
    if (mask === null) valid.fill(1, 0, count);
    else {
      let m = mask.offset + row * mask.stride[0] + col * mask.stride[1];
      for (let i = 0; i < count; i++, m += mask.stride[1]) valid[i] = mask.data[m] === 0 ? 0 : 1;
    }
    const nodata = this.#nodata;
    const data = pixels.data;
    const [bandStride, rowStride, colStride] = pixels.stride;
    for (const { band, samples } of this.#bands) {
      let at = pixels.offset + band * bandStride + row * rowStride + col * colStride;
      for (let i = 0; i < count; i++, at += colStride) {
        const value = data[at];
        samples[i] = value;
        if (value === nodata || value - value !== 0) valid[i] = 0;
      }
    }
  }
}
