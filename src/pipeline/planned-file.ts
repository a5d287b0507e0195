import type { Encoding } from '../codecs/codec.js';
import { codecByName } from '../codecs/load.js';
import { UsageError } from '../errors.js';
import type { Operation, Params } from '../ops/operation.js';
import { masksByAlpha } from '../raster/alpha.js';
import { type DType, isFloat } from '../raster/dtype.js';
import type { Predictor, Profile } from '../raster/profile.js';
import { overviewSizes, type Resampling } from '../raster/resampling.js';
import type { Size } from '../raster/window.js';
import type { BlockLayout } from '../tiff/block-layout.js';
import type { CreationOptions } from '../tiff/creation-options.js';
import { bestPredictor, fittingPredictor, outputContent } from '../tiff/output-content.js';
import type { CarriedContent } from '../tiff/source.js';
import type { TiffOutput, TileLayout } from '../tiff/tile-layout.js';
import { describeStep, type Step } from './step.js';

/** An operation that is asked for, by the name it is loaded by. */
export interface StepRequest {
  readonly reference: string;
  readonly operation: Operation;
  readonly params: Params;
}

export interface CogRequest {
  readonly resampling: Resampling;
}

const STANDARD_TILE = 256;
const COG_TILE = 512;
const LARGEST_KEPT_TILE = 1024;

/** A file that a step reads, or would read if the step before had written one. */
export interface StepFile {
  readonly profile: Profile;
  readonly layout: Pick<BlockLayout, 'block' | 'padded' | 'interleave' | 'codec' | 'predictor'>;
  readonly content: CarriedContent;
}

export interface PlannedFile extends Pick<Step, 'bands'>, Omit<TiffOutput, 'layout'> {
  readonly layout: Omit<TileLayout, 'bigTiff'>;
  readonly encoding: Encoding;
  /** Whether its samples still mean what the input's did. */
  readonly keepsValues: boolean;
}

/** How a file is to be written. */
export interface FileWish {
  readonly creation: CreationOptions;
  /** Makes it a COG; absent: a plain GeoTIFF. */
  readonly cog?: CogRequest | undefined;
}

/** The file that a step makes of another one. @throws UsageError where the options do not fit */
export async function planFile({ operation, params }: StepRequest, input: StepFile, { creation, cog }: FileWish): Promise<PlannedFile> {
  const { bands, result, profile } = describeStep(operation, params, input.profile);
  const { dtype } = profile;
  const codec = creation.codec ?? (await writableCodec(input.layout.codec));
  const encoding = codec.encoding!;
  const level = encoding.level;
  const predictor = codec.takesPredictor ? choosePredictor(creation, input, dtype) : 1;
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
  const { keepsValues } = result;
  const content = outputContent(input.content, { input: input.profile, from: bands, dtype, alpha: made.alpha, keepsValues, hasNodata: made.nodata !== null });
  const compressionTag = codec.tags[0];
  if (cog === undefined) return { bands, profile: made, layout, content, encoding, compressionTag, keepsValues };
  const overviews = overviewSizes(made, Math.max(layout.tile.width, layout.tile.height));
  // Readers that go by leaders expect all bands of a tile in one place.
  return { bands, profile: made, layout, content, encoding, compressionTag, keepsValues, cog: { ...cog, overviews, leaders: layout.interleave === 'pixel' } };
}

/** What is asked for, else what goes with the input's own. */
function choosePredictor({ predictor }: CreationOptions, { layout, profile }: StepFile, dtype: DType): Predictor {
  if (predictor === 'fitting') return bestPredictor(dtype);
  return predictor ?? fittingPredictor(layout.predictor, profile.dtype, dtype);
}

/** What a file of the profile is read as: where readers take its alpha band for no mask, it is a band like the rest. */
export function asRead(profile: Profile): Profile {
  const { alpha } = profile;
  return { ...profile, alpha: alpha !== null && masksByAlpha(profile, alpha) ? alpha : null };
}

/** How a file that is planned would be read. */
export function blockLayoutOf({ layout }: PlannedFile): StepFile['layout'] {
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
