import type { Pixels } from '../raster/block.js';
import type { DType } from '../raster/dtype.js';
import type { Mask } from '../raster/mask.js';
import type { Marking, Nodata, ValueRange } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';

/** Parameter values as plain JSON: they cross threads, processes and machines. */
export type Params = Readonly<Record<string, unknown>>;

/** One parameter of an operation, from which its command line option and its help are made. */
export interface ParamSpec {
  /** The value's name in the help: `MIN,MAX`; undefined: a flag, whose value is true where it is given. */
  readonly placeholder: string | undefined;
  readonly help: string;
  /** The value when none is given; undefined: there is none, and the operation chooses. */
  readonly standard: unknown;
  /** Whether there is no doing without it. */
  readonly required?: boolean;
  /** Values to try the operation with, as a user writes them: tests run each. Needed where `required`. */
  readonly examples?: readonly string[];
  /** Turns what the user wrote into the value, plain JSON, that passes `check`. @throws UsageError */
  readonly parse: (text: string) => unknown;
  /** What is wrong with a value, in words, `wanted a number`; undefined: nothing is. What a program gives has to pass it, and what is parsed. */
  readonly check: (value: unknown) => string | undefined;
}

/** Pixels of one kind, as an operation's input has them. A mask beside them comes with the pixels. */
export interface BandType {
  readonly bands: number;
  readonly dtype: DType;
  readonly nodata: Nodata;
}

/** What an operation makes, and how it marks invalid pixels. */
export interface OutputType extends Marking {
  readonly bands: number;
  readonly dtype: DType;
}

/** What an operation says its result is, before how invalid pixels are marked is settled. */
export interface Result {
  /** For each band of the result the input's band that it is, counted from 0; null: it is a new one. */
  readonly bands: readonly (number | null)[];
  readonly dtype: DType;
  /** What valid results can be; undefined: any value of the type, and those that equal nodata are moved off it. */
  readonly range: ValueRange | undefined;
  /** The nodata value that the user asks for; undefined: none in particular. */
  readonly nodata: Nodata | undefined;
  /** Whether values still mean what the input's did, so that its scale, offset and unit stay true. */
  readonly keepsValues: boolean;
  /** Whether a result can be undefined where the input is valid, as 0 / 0 is: then there is always a marking, NaN for floats. */
  readonly makesInvalid?: boolean;
}

/** What a pixel of the result depends on beside the input's pixel at its place. */
export interface Footprint {
  /** Columns and rows to each side whose pixels it is computed from. */
  readonly halo: number;
  /** Where the halo ends and pixels are reflected: at the raster's edge, or, with seams on purpose, at the window's. */
  readonly edge: 'raster' | 'window';
  /** What is measured before any pixel is computed: nothing, its window, or the whole raster. */
  readonly measures: 'nothing' | 'window' | 'raster';
  /** What is measured where it is not the kernel's own measure: these percentiles, a number each a band. */
  readonly percentiles?: Percentiles;
  /** Whether `apply` is handed whole windows and nothing else, so that its result may depend on all of one. */
  readonly pieces?: 'windows';
}

/** Percentiles of the valid samples, exact, by numpy's definition (`linear`); NaN where no sample is valid. */
export interface Percentiles {
  /** 0 to 100 each. */
  readonly percents: readonly number[];
  /** Whether the samples of all bands count as one band's. */
  readonly together: boolean;
}

/** A value as users' operations take it: a number where it is one, else the text. */
export function readValue(text: string): number | string {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** The pixel alone. */
export const PIXEL: Footprint = { halo: 0, edge: 'raster', measures: 'nothing' };

/**
 * An operation on rasters: pure pixel maths, one file in this folder, found by the folder's listing. All of it runs
 * in the pool but `footprint` and `describe`, which run once, when the plan is made, and `Measure`'s last steps.
 *
 * The alpha band, always the last, is no business of an operation: it is not among the bands it is told of and
 * handed, and stands behind the result's. Which pixels it leaves valid is in the mask.
 */
export interface Operation {
  readonly name: string;
  readonly summary: string;
  readonly params: Readonly<Record<string, ParamSpec>>;
  /** Whether it takes parameters that it does not name: numbers where they are, else texts. */
  readonly takesAnyParams?: boolean;
  /** Parameters that no user gives: what makes the plan adds them. */
  readonly innerParams?: readonly string[];
  /** Whether it picks bands, alpha as well: `describe` is told of it, and `apply` leaves it out, which is filled in behind. */
  readonly picksBands?: boolean;
  readonly footprint: (params: Params) => Footprint;
  /** @throws UsageError where the parameters do not fit the input */
  readonly describe: (input: Profile, params: Params) => Result;
  /** Called once a worker and step. */
  readonly open: (input: BandType, output: OutputType, params: Params) => Kernel;
}

/** What a worker runs. It keeps nothing of one call for the next. */
export interface Kernel {
  /** How windows or the raster are measured; there where the footprint says so and names no percentiles. */
  readonly measure?: Measure;
  /**
   * Computes all of `out` from pixels of one window (of any part of the raster where neither windows are measured nor
   * edges of windows count). Invalid pixels become nodata, else 0.
   * @param pixels the place of `out` and the halo around it, `halo` columns and rows more on each side, whole always:
   *   neighbours are real, or reflected at the edge without repeating it (OpenCV's BORDER_REFLECT_101)
   * @param mask of the same size as `pixels`: which are valid at all; null: all of them. Nodata values are not in it
   * @param statistics what was measured, as many numbers a band, band after band
   */
  readonly apply: (pixels: Pixels, mask: Mask | null, statistics: Float64Array, out: Pixels) => void;
  /**
   * Says which pixels of the result are valid, where a mask beside the output says so: not 0 where valid. Arguments as
   * of `apply`. Without it those are valid that are so in at least one of the input's bands that the result's are.
   */
  readonly markValid?: (pixels: Pixels, mask: Mask | null, valid: Mask) => void;
}

/**
 * Measures windows, or the raster. It comes in cells of 256 x 256 pixels, counted from the raster's top left and cut
 * off at the window's edges, in their order row by row: so what is measured does not depend on tasks or workers.
 * Where cells are added and in how many parts they are merged must make no difference.
 */
export interface Measure {
  /** Numbers a band that `apply` takes. */
  readonly statistics: number;
  readonly start: () => Accumulator;
}

export interface Accumulator {
  /** Adds one cell. In the pool. @param mask the pixels that are valid at all; null: all of them */
  add(pixels: Pixels, mask: Mask | null): void;
  /** All that was added, as numbers that cross threads and processes. In the pool. */
  part(): Float64Array;
  /** Adds the cells of another's part, which come behind those added so far. In the main thread. */
  merge(part: Float64Array): void;
  /** What `apply` takes: `statistics` numbers a band, band after band. In the pool, or the main thread. */
  finish(): Float64Array;
}
