import { isRastqError, textOf, UsageError, WorkerError } from '../../errors.js';
import { copyPixels, createPixels, type Pixels } from '../../raster/block.js';
import { type DType, isDType } from '../../raster/dtype.js';
import type { Mask } from '../../raster/mask.js';
import { comparableNodata, type Nodata } from '../../raster/nodata.js';
import { fillOf, finisher } from '../loops/finish.js';
import { type BandType, type Operation, type OutputType, type Params, type ParamSpec, readValue, type Result } from '../operation.js';
import { everyBand } from '../params.js';
import { copyResult, markResult, type ResultRules } from './copy-result.js';

/** What a kernel may want to know beside the samples. */
export interface UserWindow {
  /** Of the window's shape, halo included: 1 where a sample is valid, else 0. Made when it is asked for. */
  readonly valid: Pixels;
  readonly nodata: Nodata;
  /** Columns and rows that the window has more on each side than the result. */
  readonly halo: number;
}

/**
 * A user's own function of a window: an ndarray of shape (bands, rows, columns) in, another one out. The window is the
 * function's own, to be changed or returned as it likes.
 */
export type UserFunction = (window: Pixels, params: Params, about: UserWindow) => Pixels;

/** A parameter of a user's operation; all but the value are for people. */
export interface UserParam {
  readonly standard?: unknown;
  readonly help?: string;
  readonly placeholder?: string;
  /** Reads what is given on the command line; by default a number where it is one, else the text. */
  readonly parse?: (text: string) => unknown;
}

/** What a user's operation makes; what is absent is as in the input. */
export interface UserResult {
  readonly bands?: number;
  readonly dtype?: DType;
  readonly nodata?: Nodata;
  /** Whether NaN for a valid pixel means that it is invalid now; else it is an error. */
  readonly makesInvalid?: boolean;
}

/** A user's own operation: the default export of a module, or a named one. */
export interface UserOperation {
  readonly name?: string;
  readonly summary?: string;
  readonly params?: Readonly<Record<string, UserParam>>;
  /** Columns and rows to each side that the kernel is given beside the window; 0 by default. */
  readonly halo?: number | ((params: Params) => number);
  readonly describe?: (input: BandType, params: Params) => UserResult;
  readonly kernel: UserFunction;
}

const MOST_BANDS = 65535;

/** A user's operation as rastq's own are. @param text how the user refers to it, for messages */
export function adaptOperation(text: string, user: UserOperation): Operation {
  const haloOf = (params: Params): number => {
    const halo = typeof user.halo === 'function' ? asked(`${text}: its halo`, () => (user.halo as (params: Params) => number)(params)) : (user.halo ?? 0);
    if (Number.isInteger(halo) && halo >= 0) return halo;
    throw new UsageError(`${text}: its halo is ${halo}, wanted a whole number of pixels`);
  };
  const describe = (input: BandType, params: Params): Required<Pick<UserResult, 'bands' | 'dtype'>> & UserResult => {
    const { bands, dtype, nodata } = input;
    const said = asked(`${text}: its describe`, () => user.describe?.({ bands, dtype, nodata }, params)) ?? {};
    const result = { ...said, bands: said.bands ?? bands, dtype: said.dtype ?? dtype };
    if (!Number.isInteger(result.bands) || result.bands < 1 || result.bands > MOST_BANDS) {
      throw new UsageError(`${text}: describes ${result.bands} bands, wanted 1 to ${MOST_BANDS}`);
    }
    if (!isDType(result.dtype)) throw new UsageError(`${text}: describes samples of type ${String(result.dtype)}, which is none`);
    return result;
  };
  return {
    name: user.name ?? text,
    summary: user.summary ?? `The user's own ${text}.`,
    params: Object.fromEntries(Object.entries(user.params ?? {}).map(([name, param]) => [name, adaptParam(param)])),
    takesAnyParams: user.params === undefined,
    footprint: (params) => ({ halo: haloOf(params), edge: 'raster', measures: 'nothing', pieces: 'windows' }),
    describe: (input, params): Result => {
      const { bands, dtype, nodata, makesInvalid = false } = describe(input, params);
      const isSame = bands === input.bands;
      return {
        bands: isSame ? everyBand(bands) : Array.from({ length: bands }, () => null),
        dtype,
        range: undefined,
        nodata,
        keepsValues: false,
        makesInvalid,
      };
    },
    open: (input, output, params) => {
      const { makesInvalid = false } = describe(input, params);
      return openKernel(user.kernel, { input, output, params, halo: haloOf(params), makesInvalid });
    },
  };
}

/** Asks a function of the user's about the operation. @throws WorkerError that says what it threw; an error of rastq's own as it is */
function asked<T>(what: string, ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    if (isRastqError(cause)) throw cause;
    throw new WorkerError(`operation ${what} failed: ${textOf(cause)}`, { cause });
  }
}

function adaptParam({ standard, help = '', placeholder = 'V', parse }: UserParam): ParamSpec {
  return {
    placeholder,
    help,
    standard,
    parse: parse ?? readValue,
    check: (value) => {
      if (standard === undefined || standard === null || isOfOneKind(standard, value)) return undefined;
      return typeof standard === 'object' ? 'wanted one of the same form' : `wanted something like ${JSON.stringify(standard)}`;
    },
  };
}

/** Whether both are numbers, say, or objects of numbers under the same names. */
function isOfOneKind(standard: unknown, value: unknown): boolean {
  if (typeof standard !== typeof value) return false;
  if (typeof standard === 'number') return Number.isFinite(value);
  if (typeof standard !== 'object' || standard === null || Array.isArray(standard)) return true;
  return Object.entries(standard).every(([key, each]) => isOfOneKind(each, (value as Record<string, unknown> | null)?.[key]));
}

interface Opened {
  readonly input: BandType;
  readonly output: OutputType;
  readonly params: Params;
  readonly halo: number;
  readonly makesInvalid: boolean;
}

function openKernel(run: UserFunction, { input, output, params, halo, makesInvalid }: Opened): ReturnType<Operation['open']> {
  const nodata = comparableNodata(input.dtype, input.nodata);
  const samples = { finish: finisher(output), fill: fillOf(output.nodata) };
  const runOn = (pixels: Pixels, mask: Mask | null): { readonly result: unknown; readonly rules: ResultRules } => {
    const [bands, rows, cols] = pixels.shape;
    const window = createPixels(input.dtype, { width: cols, height: rows }, bands, 'band');
    copyPixels(pixels, window);
    const about: UserWindow = {
      get valid() {
        return validSamples(pixels, nodata, mask);
      },
      nodata: input.nodata,
      halo,
    };
    const result: unknown = run(window, params, about);
    // Of its own, so that nothing done to those the user was given counts.
    return { result, rules: { valid: validSamples(pixels, nodata, mask), halo, makesInvalid } };
  };
  return {
    apply: (pixels, mask, _, out) => {
      const { result, rules } = runOn(pixels, mask);
      copyResult(result, rules, samples, out);
    },
    markValid: (pixels, mask, into) => {
      const { result, rules } = runOn(pixels, mask);
      markResult(result, rules, output.bands, into);
    },
  };
}

/** 1 for each sample that is valid, else 0. */
function validSamples(pixels: Pixels, nodata: number, mask: Mask | null): Pixels {
  const [bands, rows, cols] = pixels.shape;
  const valid = createPixels('uint8', { width: cols, height: rows }, bands, 'band');
  for (let band = 0, v = 0; band < bands; band++) {
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++, v++) {
        const value = pixels.get(band, row, col);
        const isValid = value !== nodata && value - value === 0 && (mask === null || mask.get(row, col) !== 0);
        valid.data[v] = isValid ? 1 : 0;
      }
    }
  }
  return valid;
}
