import type { Encoding } from '../codecs/codec.js';
import { codecByName } from '../codecs/load.js';
import { UnsupportedError, UsageError } from '../errors.js';
import type { Operation, Params } from '../ops/operation.js';
import { DTYPES, isFloat } from '../raster/dtype.js';
import { cellCount, type Grid } from '../raster/grid.js';
import { chooseMarking } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';
import type { Size } from '../raster/window.js';
import { bandsPerBlock, type BlockLayout, planeCount } from '../tiff/block-layout.js';
import type { CreationOptions } from '../tiff/creation-options.js';
import { buildHead, createIndexes } from '../tiff/directory-writer.js';
import { fittingPredictor, outputContent } from '../tiff/output-content.js';
import type { CarriedContent } from '../tiff/source.js';
import { tileGrid, type TiffOutput, type TileLayout } from '../tiff/tile-layout.js';
import { chooseStatistics, chooseTasks, type StatisticsSource, type TaskRule } from './task.js';

/**
 * What to do, as plain JSON: it crosses threads, processes and machines, `--dry-run` prints it, and the output's
 * bytes follow from it and the input alone. Nothing in it says how, or on how many workers, it is run.
 */
export interface Plan {
  readonly version: 1;
  readonly input: PlanInput;
  readonly steps: readonly [Step];
  /** The edge of the windows that window-scoped operations work on. */
  readonly window: Size;
  readonly statistics: StatisticsSource;
  readonly output: PlanOutput;
  /** Tasks as a rule and a count. */
  readonly tasks: TaskRule;
}

/** One image of a file. */
export interface PlanImage {
  readonly path: string;
  /** The file's length, so that another file at its place is noticed. */
  readonly bytes: number;
  /** What tells a remote object from another one at its place: its ETag, else when it was last changed. */
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
  /** An image of one band, not 0 where pixels are valid. */
  readonly mask: PlanImage | null;
}

export interface Step {
  readonly operation: string;
  readonly scope: Operation['scope'];
  readonly params: Params;
}

export interface PlanOutput extends TiffOutput {
  readonly path: string;
  /** The most bytes the file can have. */
  readonly boundBytes: number;
}

export interface PlanRequest {
  readonly input: PlanInput;
  readonly content: CarriedContent;
  readonly outputPath: string;
  readonly operation: Operation;
  readonly params: Params;
  readonly window: number;
  readonly creation: CreationOptions;
}

const STANDARD_TILE = 256;
const LARGEST_KEPT_TILE = 1024;
const TILE_LIMIT = 256 * 1024 * 1024;
/** The index arrays take 16 bytes a tile. */
const TILE_COUNT_LIMIT = 2 ** 24;
const TASK_LIMIT = 1024 * 1024 * 1024;
const CLASSIC_LIMIT = 2 ** 32;

/**
 * Makes the plan. Reads and writes nothing.
 * @throws UsageError where the options do not fit the input
 */
export async function createPlan(request: PlanRequest): Promise<Plan> {
  const { input, operation, params, creation } = request;
  const result = operation.describe(input.profile, params);
  const { dtype, bands } = result;
  const marking = chooseMarking(input.profile, { dtype, bands, range: result.range, wanted: result.nodata });
  const codec = creation.codec ?? (await writableCodec(input.layout.codec));
  const level = codec.encoding!.level;
  const predictor = codec.takesPredictor ? (creation.predictor ?? fittingPredictor(input.layout.predictor, dtype)) : 1;
  if (predictor === 3 && !isFloat(dtype)) {
    throw new UsageError(`--co PREDICTOR=3: is for floating-point samples, the output's are ${dtype}: give PREDICTOR=2`);
  }
  const { width, height } = input.profile;
  const layout: Omit<TileLayout, 'bigTiff'> = {
    tile: tileSize(input.layout, creation),
    interleave: bands === 1 ? 'pixel' : (creation.interleave ?? input.layout.interleave),
    codec: codec.name,
    level: level === undefined ? null : (creation.levels?.[level.option] ?? level.standard),
    predictor,
    sparse: creation.sparse ?? false,
  };
  const profile: Profile = {
    width,
    height,
    bands,
    dtype,
    ...marking,
    alpha: input.profile.alpha,
    interleave: layout.interleave,
    compression: codec.name,
    predictor,
  };
  const output = {
    profile,
    content: outputContent(request.content, { ...profile, keepsValues: result.keepsValues }),
    compressionTag: codec.tags[0],
  };
  const boundBytes = outputBound({ ...output, layout: { ...layout, bigTiff: true } }, codec.encoding!.bound);
  const bigTiff = chooseBigTiff(boundBytes, creation.bigTiff ?? 'IF_NEEDED');
  const tiles = tileGrid(profile, { ...layout, bigTiff });
  const windows: Grid = { image: profile, cell: { width: request.window, height: request.window } };
  const pixelBytes = Math.max(input.profile.bands * DTYPES[input.profile.dtype].bytes, bands * DTYPES[dtype].bytes);
  const tasks = chooseTasks(tiles, input.layout.block, pixelBytes);
  refuseHugeTasks(input, layout.tile, tasks, pixelBytes);
  const plan: Plan = {
    version: 1,
    input,
    steps: [{ operation: operation.name, scope: operation.scope, params }],
    window: windows.cell,
    statistics: operation.scope === 'window' ? chooseStatistics(tiles, windows, tasks) : 'task',
    output: { path: request.outputPath, boundBytes, ...output, layout: { ...layout, bigTiff } },
    tasks,
  };
  // What survives JSON is all there is: nothing can depend on what would be lost on the way to another process.
  return JSON.parse(JSON.stringify(plan)) as Plan;
}

/** A task is held in memory whole: of a raster wide enough, a single row of tiles is too much. */
function refuseHugeTasks({ path, profile }: PlanInput, tile: Size, { cols, rows }: TaskRule, pixelBytes: number): void {
  const width = Math.min(profile.width, cols * tile.width);
  const bytes = width * rows * tile.height * pixelBytes;
  if (bytes <= TASK_LIMIT) return;
  throw new UnsupportedError(
    `${path}: a row of its blocks takes ${Math.ceil(bytes / 2 ** 20)} MiB of pixels, wanted at most ${TASK_LIMIT / 2 ** 20} MiB, ` +
      `convert with: gdal_translate -co TILED=YES -co BIGTIFF=YES ${path} converted.tif`,
  );
}

/** The input's own codec where it can be written, else DEFLATE. */
async function writableCodec(name: string) {
  const own = await codecByName(name);
  return own?.encoding === undefined ? (await codecByName('deflate'))! : own;
}

function tileSize(input: BlockLayout, creation: CreationOptions): Size {
  const kept = (edge: number): boolean => edge % 16 === 0 && edge <= LARGEST_KEPT_TILE;
  const keeps = input.padded && kept(input.block.width) && kept(input.block.height);
  return {
    width: creation.tileWidth ?? (keeps ? input.block.width : STANDARD_TILE),
    height: creation.tileHeight ?? (keeps ? input.block.height : STANDARD_TILE),
  };
}

/** The most bytes the file can have: every tile as large as its codec can make it. */
function outputBound(output: TiffOutput, bound: Encoding['bound']): number {
  const { profile, layout } = output;
  const { width, height } = layout.tile;
  const rawBytes = width * height * bandsPerBlock(layout, profile.bands) * DTYPES[profile.dtype].bytes;
  if (rawBytes > TILE_LIMIT) {
    throw new UsageError(
      `tiles of ${width} x ${height} pixels have ${Math.ceil(rawBytes / 2 ** 20)} MiB, wanted at most ` +
        `${TILE_LIMIT / 2 ** 20}: give a smaller --co BLOCKXSIZE and BLOCKYSIZE`,
    );
  }
  const cells = cellCount(tileGrid(profile, layout));
  if (cells * planeCount(layout, profile.bands) > TILE_COUNT_LIMIT) {
    throw new UnsupportedError(
      `an output of ${profile.width} x ${profile.height} pixels has ${cells} tiles a plane, wanted at most ${TILE_COUNT_LIMIT} in all: ` +
        `give a larger --co BLOCKXSIZE and BLOCKYSIZE, or a part of it: gdal_translate -srcwin 0 0 WIDTH HEIGHT IN part.tif`,
    );
  }
  const maskBytes = profile.mask ? bound((width / 8) * height, width / 8) : 0;
  const head = buildHead(output, createIndexes(output)).length;
  return head + cells * (planeCount(layout, profile.bands) * bound(rawBytes, rawBytes / height) + maskBytes);
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
