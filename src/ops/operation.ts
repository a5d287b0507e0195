import type { Pixels } from '../raster/block.js';
import type { DType } from '../raster/dtype.js';
import type { Mask } from '../raster/mask.js';
import type { Marking, Nodata, ValueRange } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';

/** Parameter values as plain JSON: they cross threads, processes and machines. */
export type Params = Readonly<Record<string, unknown>>;

/** One parameter of an operation, from which its command line option and its help are made. */
export interface ParamSpec {
  /** The value's name in the help: `MIN,MAX`. */
  readonly placeholder: string;
  readonly help: string;
  /** The value when none is given; undefined: there is none, and the operation chooses. */
  readonly standard: unknown;
  /** Turns what the user wrote into the value, plain JSON. @throws UsageError */
  readonly parse: (text: string) => unknown;
}

/** Pixels of one kind, as an operation's input has them. A mask beside them comes with each window. */
export interface BandType {
  readonly dtype: DType;
  readonly nodata: Nodata;
}

/** What an operation says its result is, before how invalid pixels are marked is settled. */
export interface Result {
  readonly bands: number;
  readonly dtype: DType;
  /** What valid results can be. */
  readonly range: ValueRange;
  /** The nodata value that the user asks for; undefined: none in particular. */
  readonly nodata: Nodata | undefined;
  /** Whether values still mean what the input's did, so that its scale, offset and unit stay true. */
  readonly keepsValues: boolean;
}

/**
 * An operation on rasters: pure pixel maths, one file in this folder, found by the folder's listing. All of it runs
 * in the pool but `describe`, which runs once, when the plan is made.
 */
export interface Operation {
  readonly name: string;
  readonly summary: string;
  readonly params: Readonly<Record<string, ParamSpec>>;
  /** What a pixel's result depends on: that pixel alone, or all pixels of its window. */
  readonly scope: 'pixel' | 'window';
  /** @throws UsageError where the parameters do not fit the input */
  readonly describe: (input: Profile, params: Params) => Result;
  /** Called once a worker. */
  readonly open: (input: BandType, output: Marking & { readonly dtype: DType }, params: Params) => Kernel;
}

/**
 * What a worker runs. A window-scoped operation first measures each window, in as many parts as it comes in, then
 * maps pixels with their window's statistics: so a window may be larger than anything a worker holds.
 *
 * Statistics are `statistics` numbers a band, band after band, in a Float64Array.
 */
export interface Kernel {
  /** Numbers a band that `apply` needs of a window; 0 for a pixel-scoped operation. */
  readonly statistics: number;
  /** Sets statistics to those of no pixels at all. */
  readonly clear: (statistics: Float64Array) => void;
  /** Adds pixels of one window to its statistics. @param mask the pixels that are valid at all; null: all of them */
  readonly measure: (pixels: Pixels, mask: Mask | null, statistics: Float64Array) => void;
  /** Adds statistics of other pixels of the same window. The order of additions makes no difference. */
  readonly merge: (statistics: Float64Array, other: Float64Array) => void;
  /** Computes all of `out`, of the same shape, from pixels of one window. Invalid pixels become nodata, else 0. */
  readonly apply: (pixels: Pixels, mask: Mask | null, statistics: Float64Array, out: Pixels) => void;
}
