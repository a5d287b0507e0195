import type { Encoding } from '../codecs/codec.js';
import { codecByName } from '../codecs/load.js';
import { UnsupportedError, UsageError } from '../errors.js';
import type { Operation, Params } from '../ops/operation.js';
import { masksByAlpha } from '../raster/alpha.js';
import { type DType, DTYPES, isFloat } from '../raster/dtype.js';
import { cellCount, type Grid } from '../raster/grid.js';
import type { Predictor, Profile } from '../raster/profile.js';
import { overviewSizes, type Resampling } from '../raster/resampling.js';
import type { Size } from '../raster/window.js';
import { bandsPerBlock, type BlockLayout, planeCount } from '../tiff/block-layout.js';
import type { CreationOptions } from '../tiff/creation-options.js';
import { buildHead, createIndexes } from '../tiff/directory-writer.js';
import { carriedFrom, fittingPredictor, outputContent } from '../tiff/output-content.js';
import type { CarriedContent } from '../tiff/source.js';
import { LEADER_BYTES, levelSizes, tileGrid, type TiffOutput, type TileLayout, TRAILER_BYTES } from '../tiff/tile-layout.js';
import { unitOf } from './region-reader.js';
import { describeStep, type Step } from './step.js';
import { chooseStatistics, chooseTasks, type TaskRule } from './task.js';
import { refuseHugeTasks } from './task-limit.js';

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

/** An operation that is asked for, by the name it is loaded by. */
export interface StepRequest {
  readonly reference: string;
  readonly operation: Operation;
  readonly params: Params;
}

export interface PlanRequest {
  readonly input: PlanInput;
  readonly content: CarriedContent;
  readonly outputPath: string;
  /** At least one. */
  readonly steps: readonly StepRequest[];
  readonly window: number;
  readonly creation: CreationOptions;
  /** Makes a COG of the output; absent: a plain GeoTIFF. */
  readonly cog?: CogRequest | undefined;
}

export interface CogRequest {
  readonly resampling: Resampling;
}

const STANDARD_TILE = 256;
const COG_TILE = 512;
const LARGEST_KEPT_TILE = 1024;
const TILE_LIMIT = 256 * 1024 * 1024;
/** The index arrays take 16 bytes a tile. */
const TILE_COUNT_LIMIT = 2 ** 24;
const CLASSIC_LIMIT = 2 ** 32;

/**
 * Makes the plan. Reads and writes nothing.
 * @throws UsageError where the options do not fit the input
 */
export async function createPlan(request: PlanRequest): Promise<Plan> {
  const { input } = request;
  let last: StepFile = { profile: input.profile, layout: input.layout, content: request.content };
  const described: Omit<Step, 'statistics'>[] = [];
  let file: PlannedFile | undefined;
  for (const [i, step] of request.steps.entries()) {
    const isLast = i === request.steps.length - 1;
    file = await planFile(step, last, isLast ? request : { creation: {} });
    const { bands } = file;
    const profile = asRead(file.profile);
    described.push({ operation: step.reference, params: step.params, footprint: step.operation.footprint(step.params), bands, output: profile });
    last = { profile, layout: blockLayoutOf(file), content: carriedFrom(file.content) };
  }
  const { profile, content, layout, encoding, compressionTag, cog } = file!;
  const output = { profile, content, compressionTag, ...(cog && { cog }) };
  const { boundBytes, overviewBoundBytes } = outputBounds({ ...output, layout: { ...layout, bigTiff: true } }, encoding.bound);
  const bigTiff = chooseBigTiff(boundBytes, request.creation.bigTiff ?? 'IF_NEEDED');
  const plan = withTasks({
    version: 1,
    input,
    steps: described,
    window: { width: request.window, height: request.window },
    output: { path: request.outputPath, boundBytes, overviewBoundBytes, ...output, layout: { ...layout, bigTiff } },
  });
  refuseHugeTasks(plan, taskPixelBytes(plan));
  // What survives JSON is all there is: nothing can depend on what would be lost on the way to another process.
  return JSON.parse(JSON.stringify(plan)) as Plan;
}

/**
 * Cuts a plan's work into tasks, and says where each step's statistics come from. The output's bytes do not depend on it.
 * @param taskBytes the decoded bytes of a task, as `chooseTasks` has it
 */
export function withTasks(plan: Unplanned, taskBytes?: number): Plan {
  const tiles = tileGrid(plan.output.profile, plan.output.layout);
  return cutInto(plan, chooseTasks(tiles, unitOf(plan.input), taskPixelBytes(plan), taskBytes));
}

/** As `withTasks`, into tasks that are chosen already. */
export function cutInto({ steps, ...plan }: Unplanned, tasks: TaskRule): Plan {
  const tiles = tileGrid(plan.output.profile, plan.output.layout);
  const windows: Grid = { image: plan.output.profile, cell: plan.window };
  const cut = steps.map((step, i): Step => {
    const isShared = steps.slice(i + 1).some(({ footprint }) => footprint.halo > 0);
    const { measures } = step.footprint;
    return { ...step, statistics: measures === 'raster' ? 'pass' : measures === 'window' ? chooseStatistics(tiles, windows, tasks, isShared) : 'task' };
  });
  return { ...plan, steps: cut, tasks };
}

/** A plan before its work is cut into tasks. */
type Unplanned = Omit<Plan, 'steps' | 'tasks'> & { readonly steps: readonly Omit<Step, 'statistics'>[] };

/** The bytes of one pixel in the widest file that a task holds a part of. */
function taskPixelBytes({ input, steps }: Pick<Unplanned, 'input' | 'steps'>): number {
  return Math.max(...[input.profile, ...steps.map(({ output }) => output)].map(pixelBytesOf));
}

/** The bytes of one pixel, all bands. */
export function pixelBytesOf({ bands, dtype }: Pick<Profile, 'bands' | 'dtype'>): number {
  return bands * DTYPES[dtype].bytes;
}

/** A file that a step reads, or would read if the step before had written one. */
interface StepFile {
  readonly profile: Profile;
  readonly layout: Pick<BlockLayout, 'block' | 'padded' | 'interleave' | 'codec' | 'predictor'>;
  readonly content: CarriedContent;
}

interface PlannedFile extends Pick<Step, 'bands'>, Omit<TiffOutput, 'layout'> {
  readonly layout: Omit<TileLayout, 'bigTiff'>;
  readonly encoding: Encoding;
}

/** The file that a step makes of another one. */
async function planFile({ operation, params }: StepRequest, input: StepFile, { creation, cog }: Pick<PlanRequest, 'creation' | 'cog'>): Promise<PlannedFile> {
  const { bands, result, profile } = describeStep(operation, params, input.profile);
  const { dtype } = profile;
  const codec = creation.codec ?? (await writableCodec(input.layout.codec));
  const encoding = codec.encoding!;
  const level = encoding.level;
  const predictor = codec.takesPredictor ? choosePredictor(creation, input.layout.predictor, dtype) : 1;
  if (predictor === 3 && !isFloat(dtype)) {
    throw new UsageError(`--co PREDICTOR=3: is for floating-point samples, the output's are ${dtype}: give PREDICTOR=2`);
  }
  const layout: Omit<TileLayout, 'bigTiff'> = {
    tile: tileSize(input.layout, creation, cog),
    interleave: bands.length === 1 ? 'pixel' : (creation.interleave ?? input.layout.interleave),
    codec: codec.name,
    level: level === undefined ? null : (creation.levels?.[level.option] ?? level.standard),
    predictor,
    sparse: creation.sparse ?? false,
  };
  const made: Profile = { ...profile, interleave: layout.interleave, compression: codec.name, predictor };
  const content = outputContent(input.content, { input: input.profile, from: bands, dtype, alpha: made.alpha, keepsValues: result.keepsValues, hasNodata: made.nodata !== null });
  const compressionTag = codec.tags[0];
  if (cog === undefined) return { bands, profile: made, layout, content, encoding, compressionTag };
  const overviews = overviewSizes(made, Math.max(layout.tile.width, layout.tile.height));
  // Readers that go by leaders expect all bands of a tile in one place.
  return { bands, profile: made, layout, content, encoding, compressionTag, cog: { ...cog, overviews, leaders: layout.interleave === 'pixel' } };
}

/** What is asked for, else what goes with the input's own. */
function choosePredictor({ predictor }: CreationOptions, before: Predictor, dtype: DType): Predictor {
  if (predictor === 'fitting') return isFloat(dtype) ? 3 : 2;
  return predictor ?? fittingPredictor(before, dtype);
}

/** What a file of the profile is read as: where readers take its alpha band for no mask, it is a band like the rest. */
function asRead(profile: Profile): Profile {
  const { alpha } = profile;
  return { ...profile, alpha: alpha !== null && masksByAlpha(profile, alpha) ? alpha : null };
}

/** How a file that is planned would be read. */
function blockLayoutOf({ layout }: PlannedFile): StepFile['layout'] {
  const { tile, interleave, codec, predictor } = layout;
  return { block: tile, padded: true, interleave, codec, predictor };
}

/** The input's own codec where it can be written, else DEFLATE. */
async function writableCodec(name: string) {
  const own = await codecByName(name);
  return own?.encoding === undefined ? (await codecByName('deflate'))! : own;
}

function tileSize(input: Pick<BlockLayout, 'block' | 'padded'>, creation: CreationOptions, cog: CogRequest | undefined): Size {
  if (cog !== undefined) return { width: creation.tileWidth ?? COG_TILE, height: creation.tileHeight ?? COG_TILE };
  const kept = (edge: number): boolean => edge % 16 === 0 && edge <= LARGEST_KEPT_TILE;
  const keeps = input.padded && kept(input.block.width) && kept(input.block.height);
  return {
    width: creation.tileWidth ?? (keeps ? input.block.width : STANDARD_TILE),
    height: creation.tileHeight ?? (keeps ? input.block.height : STANDARD_TILE),
  };
}

/** The most bytes the file and its overviews can have: every tile as large as its codec can make it. */
function outputBounds(output: TiffOutput, bound: Encoding['bound']): Pick<PlanOutput, 'boundBytes' | 'overviewBoundBytes'> {
  const { profile, layout, cog } = output;
  const { width, height } = layout.tile;
  const rawBytes = width * height * bandsPerBlock(layout, profile.bands) * DTYPES[profile.dtype].bytes;
  if (rawBytes > TILE_LIMIT) {
    throw new UsageError(
      `tiles of ${width} x ${height} pixels have ${Math.ceil(rawBytes / 2 ** 20)} MiB, wanted at most ` +
        `${TILE_LIMIT / 2 ** 20}: give a smaller --co BLOCKXSIZE and BLOCKYSIZE`,
    );
  }
  const [cells, ...overviewCells] = levelSizes(output).map((size) => cellCount(tileGrid(size, layout)));
  const smaller = overviewCells.reduce((sum, count) => sum + count, 0);
  if ((cells + smaller) * planeCount(layout, profile.bands) > TILE_COUNT_LIMIT) {
    throw new UnsupportedError(
      `an output of ${profile.width} x ${profile.height} pixels has ${cells + smaller} tiles a plane, wanted at most ${TILE_COUNT_LIMIT} in all: ` +
        `give a larger --co BLOCKXSIZE and BLOCKYSIZE, or a part of it: gdal_translate -srcwin 0 0 WIDTH HEIGHT IN part.tif`,
    );
  }
  const maskBytes = profile.mask ? bound((width / 8) * height, width / 8) : 0;
  const planes = planeCount(layout, profile.bands);
  const besides = cog?.leaders === true ? (planes + (profile.mask ? 1 : 0)) * (LEADER_BYTES + TRAILER_BYTES) : 0;
  const cellBytes = planes * bound(rawBytes, rawBytes / height) + maskBytes + besides;
  const head = buildHead(output, createIndexes(output)).length;
  return { boundBytes: head + (cells + smaller) * cellBytes, overviewBoundBytes: smaller * cellBytes };
}

function chooseBigTiff(boundBytes: number, choice: Required<CreationOptions>['bigTiff']): boolean {
  if (choice === 'YES') return true;
  if (choice === 'IF_SAFER') return boundBytes > CLASSIC_LIMIT / 2;
  const isNeeded = boundBytes > CLASSIC_LIMIT;
  if (choice === 'NO' && isNeeded) {
    throw new UsageError(
      `--co BIGTIFF=NO: the output may have up to ${boundBytes} bytes, a classic TIFF ${CLASSIC_LIMIT}: leave the option out`,
    );
  }
  return isNeeded;
}
