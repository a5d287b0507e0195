import { DTYPES } from '../raster/dtype.js';
import type { Profile } from '../raster/profile.js';
import type { Size } from '../raster/window.js';
import type { BlockLayout } from '../tiff/block-layout.js';
import type { TiffOutput } from '../tiff/tile-layout.js';
import type { Step } from './step.js';
import type { TaskRule } from './task.js';

/**
 * What to do, as plain JSON: it crosses threads, processes and machines, `--dry-run` prints it, and the output's
 * bytes follow from it and the input alone. Nothing in it says how, or on how many workers, it is run.
 */
export interface Plan {
  readonly version: 1;
  readonly input: PlanInput;
  readonly steps: readonly Step[];
  /** The edge of the windows that window-scoped operations work on. */
  readonly window: Size;
  readonly output: PlanOutput;
  /** Tasks as a rule and a count. */
  readonly tasks: TaskRule;
}

/** One image of a file. */
export interface PlanImage {
  readonly path: string;
  /** The file's length, so that another file at its place is noticed. */
  readonly bytes: number;
  /** What tells it from another one at its place: a remote object's ETag, else when it was last changed; of a file, in ns. */
  readonly version?: string | undefined;
  /** Which of the file's directories describes it. */
  readonly directory: number;
  readonly profile: Profile;
  readonly layout: BlockLayout;
}

/** The input's image, its profile as operations see it, once its colours are looked up. */
export interface PlanInput extends PlanImage {
  /** The profile of the pixels as they are stored. */
  readonly stored: Profile;
  /** Red, green and blue of each index, 0..255, where indexes into a colour table are looked up; null: they are not. */
  readonly colourTable: readonly (readonly [number, number, number])[] | null;
  /** What samples are, band by band, in pixels that are invalid in all bands; null: nothing is said of that. */
  readonly nodataTuple: readonly number[] | null;
  /** Whether 64-bit integers are refused that a double would round: where the output's samples still mean what they did. */
  readonly isExact?: boolean;
  /** An image of one band, not 0 where pixels are valid. */
  readonly mask: PlanImage | null;
  /** Several rasters on one grid, the first of which is this one: operations see bands of each, one behind the other. */
  readonly stack?: readonly StackLayer[];
}

/** A raster of a stack. */
export interface StackLayer {
  readonly input: PlanInput;
  /** The bands that are in the stack, from 0. */
  readonly bands: readonly number[];
}

export interface PlanOutput extends TiffOutput {
  readonly path: string;
  /** The most bytes the file can have. */
  readonly boundBytes: number;
  /** The most that its overviews can have of them. */
  readonly overviewBoundBytes: number;
}

/** The bytes of one pixel, all bands. */
export function pixelBytesOf({ bands, dtype }: Pick<Profile, 'bands' | 'dtype'>): number {
  return bands * DTYPES[dtype].bytes;
}
