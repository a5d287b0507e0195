import type { Operation } from '../ops/operation.js';
import { everyBand } from '../ops/params.js';
import type { DType } from '../raster/dtype.js';
import type { Nodata } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';
import type { Size } from '../raster/window.js';
import type { CreationOptions } from '../tiff/creation-options.js';
import type { BlockLayout } from '../tiff/block-layout.js';
import { bestPredictor } from '../tiff/output-content.js';
import { type Placing, placingTags } from '../tiff/placing-tags.js';
import type { CarriedContent } from '../tiff/source.js';
import { createPlan } from './create-plan.js';
import type { Plan, PlanInput } from './plan.js';

/** A raster whose pixels come from a program. */
export interface NewRaster extends Size, Placing {
  readonly bands: number;
  readonly dtype: DType;
  readonly nodata: Nodata | undefined;
  /** Whether a mask beside the pixels says which are valid. */
  readonly mask: boolean;
}

/** What is taken over of another raster. */
export interface RasterModel {
  readonly input: PlanInput;
  readonly content: CarriedContent;
}

/** What is asked of a raster that is like another one. */
export interface ModelChange {
  readonly bands: number;
  readonly dtype: DType;
  readonly nodata: Nodata | undefined;
  /** Whether values mean what the other's do, so that its scale, offset and unit stay true. */
  readonly keepsValues: boolean;
}

const TILE = 256;
const GREY = 1;
const RGB = 2;

/** Plans the file of a raster that is like another one: tags, layout and compression are its. @throws UsageError */
export async function planLike({ input, content }: RasterModel, change: ModelChange, place: { readonly path: string; readonly creation: CreationOptions }): Promise<Plan> {
  const isSame = change.bands === input.profile.bands;
  // With bands that are not the other's, none of them is its alpha.
  const seen: PlanInput = isSame ? input : { ...input, profile: { ...input.profile, alpha: null } };
  return planOf(seen, content, place, (profile) => ({
    bands: isSame ? everyBand(profile.bands) : everyBand(change.bands).map(() => null),
    dtype: change.dtype,
    range: undefined,
    nodata: change.nodata,
    keepsValues: change.keepsValues,
  }));
}

/** Plans the file of a new raster: DEFLATE with a predictor, tiles of 256 x 256. @throws UsageError */
export async function planNew(raster: NewRaster, place: { readonly path: string; readonly creation: CreationOptions }): Promise<Plan> {
  const { width, height, bands, dtype, mask } = raster;
  const predictor = bestPredictor(dtype);
  const profile: Profile = { width, height, bands, dtype, nodata: null, mask, alpha: null, interleave: 'pixel', compression: 'deflate', predictor };
  const photometric = bands === 3 && dtype === 'uint8' ? RGB : GREY;
  const layout: BlockLayout = {
    block: { width: TILE, height: TILE },
    padded: true,
    sample: { bits: 8, kind: 'uint' },
    interleave: 'pixel',
    codec: 'deflate',
    photometric,
    jpegTables: null,
    lercParameters: null,
    conversion: null,
    predictor,
    byteOrder: 'little',
    reversedBits: false,
  };
  const input: PlanInput = { path: place.path, bytes: 0, directory: 0, profile, layout, stored: profile, colourTable: null, nodataTuple: null, mask: null };
  const content: CarriedContent = { photometric, keepsColours: true, tags: placingTags(raster), metadata: null };
  return planOf(input, content, place, () => ({ bands: everyBand(bands), dtype, range: undefined, nodata: raster.nodata, keepsValues: true }));
}

/** A plan of one step that is never run: what it makes comes from elsewhere. */
function planOf(
  input: PlanInput,
  content: CarriedContent,
  { path, creation }: { readonly path: string; readonly creation: CreationOptions },
  describe: Operation['describe'],
): Promise<Plan> {
  const operation: Operation = {
    name: 'create',
    summary: 'What a program writes.',
    params: {},
    picksBands: true,
    footprint: () => ({ halo: 0, edge: 'raster', measures: 'nothing' }),
    describe,
    open: () => {
      throw new Error('is never run');
    },
  };
  return createPlan({ input, content, outputPath: path, steps: [{ reference: operation.name, operation, params: {} }], window: TILE, creation });
}
