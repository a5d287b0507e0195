import { existsSync } from 'node:fs';
import { codecByName } from '../codecs/load.js';
import { UsageError } from '../errors.js';
import { type Access, type SourceSnapshot, STANDARD_ACCESS } from '../io/access.js';
import type { ByteSource } from '../io/byte-source.js';
import { isRemote, locationKind, locationName, refuseEmpty } from '../io/location.js';
import { openSource } from '../io/open-source.js';
import { checkOutput } from '../io/output.js';
import { isSameFile } from '../io/same-file.js';
import { loadOperation } from '../ops/load.js';
import type { Operation, Params } from '../ops/operation.js';
import { isComparable } from '../raster/nodata.js';
import { BlockIndex } from '../tiff/block-index.js';
import { type CreationOptions, parseCreationOptions } from '../tiff/creation-options.js';
import { openTiff, readCarriedContent, readColourTable, sourceWarnings, type TiffSource } from '../tiff/source.js';
import { lostPlacement, placed } from './placement.js';
import { leftSidecars, readSidecars, refuseSidecar, type Sidecars } from './sidecars.js';
import { createPlan } from './create-plan.js';
import type { Plan, PlanImage, PlanInput, StackLayer } from './plan.js';
import type { CogRequest, StepRequest } from './planned-file.js';
import { saturationWarnings } from './saturation.js';
import { completeParams } from './step-params.js';

/** What a user asks for. */
export interface Request {
  readonly input: string;
  readonly output: string;
  /** The operations, one after the other; at least one. */
  readonly steps: readonly StepWish[];
  /** Edge of the processing windows, pixels; 256 by default. */
  readonly window?: number;
  /** As in the input, where it is left out: options that are parsed, or `KEY=VALUE` words as `--co` takes them. */
  readonly creation?: CreationOptions | readonly string[];
  /** Makes the output a COG; its overviews by `average`, where nothing else is said. */
  readonly cog?: CogWish | undefined;
  /** Whether a file that is there may be replaced; by default it is refused. */
  readonly overwrite?: boolean;
  /** Whether the run can be resumed, so that what is at the output's place is for its journal to judge. */
  readonly resume?: boolean;
  /** Which of the input's full images, from 1; the first by default. */
  readonly page?: number | undefined;
  /** `rgb` looks indexes up in the input's colour table. */
  readonly expand?: 'rgb' | undefined;
  /** Rasters on the input's grid whose bands are worked on in its place; at least one of each. */
  readonly stack?: readonly StackLayer[];
  /** How remote files are reached; the standard way by default. */
  readonly access?: Access | undefined;
}

/** What may be said of a COG. */
export type CogWish = { readonly [Name in keyof CogRequest]?: CogRequest[Name] | undefined };

/** An operation and its parameters. */
export interface StepWish {
  /** By name, or a user's own by its module's path and export, `./mine.mjs:halveIt`; one of rastq's own also as the value. */
  readonly operation: string | Operation;
  /** Plain JSON; those that are left out have their standard values. */
  readonly params?: Params;
}

const STANDARD_WINDOW = 256;

export interface Planned {
  readonly plan: Plan;
  /** What the user should know of how the input is taken. */
  readonly warnings: readonly string[];
  /** What a curious user may want to know. */
  readonly details: readonly string[];
  /** What was read of remote inputs, for the run's `access`. */
  readonly snapshots: readonly SourceSnapshot[];
}

/**
 * Makes the plan for a request: opens the input, looks at the output's place, and touches nothing.
 * @throws RastqError by cause
 */
export async function planRequest(request: Request): Promise<Planned> {
  refuseSameFile(request.input, request.output);
  if (request.resume) refuseResumedCog(request.cog);
  const steps = await Promise.all(request.steps.map(loadStep));
  if (steps.length === 0) throw new UsageError('no operation given');
  const window = request.window ?? STANDARD_WINDOW;
  if (!Number.isInteger(window) || window < 1) throw new UsageError(`windows of ${window} pixels: wanted a whole number from 1`);
  const given = request.creation ?? {};
  const creation = isWords(given) ? await parseCreationOptions(given) : given;
  const access = request.access ?? STANDARD_ACCESS;
  const source = await openSource(request.input, access);
  try {
    const { page } = request;
    const tiff = await openTiff(source, { page: page ?? 1 });
    const carried = await readCarriedContent(source, tiff);
    await checkBlocks(source, tiff);
    const sidecars = await readSidecars(request.input, tiff.image.profile, access);
    refuseSidecar(request.input, sidecars.found, request.output);
    const content = placed(carried, sidecars.placement);
    const colourTable = request.expand === 'rgb' ? await readColourTable(source, tiff) : null;
    const own = planInput(source, tiff, { path: request.input, colourTable, sidecars });
    const input = request.stack === undefined ? own : stackInput(own, request.stack);
    const plan = await createPlan({
      input,
      content: colourTable === null ? content : { ...content, photometric: RGB, keepsColours: false },
      outputPath: request.output,
      steps,
      window,
      creation,
      cog: request.cog && { resampling: request.cog.resampling ?? 'average' },
    });
    const warnings = sourceWarnings(source, tiff, { page, expands: colourTable !== null });
    const { compression } = plan.input.profile;
    if (creation.codec === undefined && compression !== plan.output.profile.compression) {
      warnings.push(`${source.name}: rastq does not write ${compression.toUpperCase()}, the output is compressed as ${plan.output.profile.compression.toUpperCase()}`);
    }
    warnings.push(...saturationWarnings(plan, steps));
    for (const what of lostPlacement(content.tags, sidecars.placement)) {
      warnings.push(`${source.name}.aux.xml: holds the ${what}, which the output will be without: write it into the input first, or copy this file to the output's name`);
    }
    const { overwrite = false, resume = false } = request;
    checkOutput(request.output, { overwrite, resume });
    // An output that a resumed run finds is complete, or refused: what lies beside it may have been made for it since.
    if (!resume || overwrite || !existsSync(request.output)) warnings.push(...leftSidecars(request.output));
    return {
      plan,
      warnings,
      details: [
        ...(tiff.overviews.length > 0 ? [`${source.name}: its ${tiff.overviews.length} overviews are left out`] : []),
        ...sidecars.unused.map((path) => `${path}: is not used`),
      ],
      snapshots: [...(source.remote === undefined ? [] : [source.remote.snapshot()]), ...sidecars.snapshots, ...access.snapshots],
    };
  } finally {
    await source.close();
  }
}

/** @throws UsageError where the output of a run that is to be gone on with is a COG */
export function refuseResumedCog(cog: object | undefined): void {
  if (cog === undefined) return;
  throw new UsageError('--resume: a COG is put together at its end, from what no journal knows: leave one of --resume and --of COG out');
}

const isWords = (creation: CreationOptions | readonly string[]): creation is readonly string[] => Array.isArray(creation);

/** @throws UsageError where there is no such operation, or it has no such parameters */
async function loadStep({ operation: wanted, params = {} }: StepWish): Promise<StepRequest> {
  const reference = typeof wanted === 'string' ? wanted : wanted.name;
  const operation = await loadOperation(reference);
  if (typeof wanted !== 'string' && wanted !== operation) {
    throw new UsageError(`operation ${reference} is none of rastq's own, and no function crosses to a worker: give it by its module's path and export, ./mine.mjs:name`);
  }
  return { reference, operation, params: completeParams(operation, params) };
}

/** @throws FormatError where the first blocks cannot hold the pixels that a directory promises, UnsupportedError where they are not decoded */
export async function checkBlocks(source: ByteSource, { header, image, mask }: TiffSource): Promise<void> {
  for (const each of mask === null ? [image] : [image, mask.image]) {
    const codec = (await codecByName(each.layout.codec))!;
    await new BlockIndex(source, each, header.little).checkStart(codec);
  }
}

const RGB = 2;
const RGBA_BANDS = 4;

/** An opened file as a plan has it. */
export function planInput(
  source: ByteSource,
  tiff: TiffSource,
  { path, colourTable, sidecars }: { readonly path: string; readonly colourTable: PlanInput['colourTable']; readonly sidecars: Sidecars },
): PlanInput {
  const imageOf = ({ directory, image }: Pick<TiffSource, 'directory' | 'image'>): PlanImage => ({
    path,
    bytes: source.size,
    version: source.remote?.version ?? source.version,
    directory,
    profile: image.profile,
    layout: image.layout,
  });
  const image = imageOf(tiff);
  const mask = tiff.mask === null ? sidecars.mask : imageOf(tiff.mask);
  // As in GDAL, what lies beside the file counts more than its own value.
  const single = sidecars.nodata ?? image.profile.nodata;
  // As in GDAL: a mask goes before a value for each band, and that before one value and alpha.
  const tuple = mask === null ? tiff.nodataTuple : null;
  const isOfOne = tuple?.length === 1;
  const nodata = isOfOne ? tuple[0] : tuple === null ? single : null;
  const nodataTuple = isOfOne ? null : tuple;
  // A nodata value says which samples are valid, and alpha is then a band like the rest.
  const alpha = nodataTuple !== null || isComparable(image.profile.dtype, nodata) ? null : image.profile.alpha;
  const own: PlanImage = { ...image, profile: { ...image.profile, nodata, alpha } };
  // Colours have no value to spare for nodata: which indexes it is goes into a mask.
  const seen =
    colourTable !== null
      ? { ...own.profile, bands: 3, dtype: 'uint8' as const, nodata: null }
      : { ...own.profile, bands: image.layout.conversion === 'cmyk' ? RGBA_BANDS : own.profile.bands };
  const isMasked = mask !== null || nodataTuple !== null || (colourTable !== null && nodata !== null);
  return { ...own, profile: { ...seen, mask: isMasked }, stored: own.profile, colourTable, nodataTuple, mask };
}

/** An input whose pixels are those of several rasters, in float64, NaN where they are invalid. */
function stackInput(first: PlanInput, stack: readonly StackLayer[]): PlanInput {
  const bands = stack.reduce((sum, layer) => sum + layer.bands.length, 0);
  const profile = { ...first.profile, bands, dtype: 'float64', nodata: 'nan', mask: false, alpha: null, interleave: 'band' } as const;
  return { ...first, profile, mask: null, colourTable: null, nodataTuple: null, stack };
}

/** Input and output must have names and be two files, also where one path is a link to the other. @throws UsageError */
export function refuseSameFile(input: string, output: string): void {
  refuseEmpty('input', input);
  refuseEmpty('output', output);
  const isOne = [input, output].every((path) => locationKind(path) === 'file') && isSameFile(input, output);
  if (isOne || (isRemote(input) && input === output)) {
    throw new UsageError(`${locationName(output)}: is the input itself, give another output`);
  }
}
