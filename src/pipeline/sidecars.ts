import { existsSync } from 'node:fs';
import { IoError, systemCode, UnsupportedError, UsageError } from '../errors.js';
import type { Access, SourceSnapshot } from '../io/access.js';
import type { ByteSource } from '../io/byte-source.js';
import { locationKind, locationName } from '../io/location.js';
import { openSource } from '../io/open-source.js';
import { isSameFile } from '../io/same-file.js';
import { type Nodata, parseTagNodata } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';
import type { Size } from '../raster/window.js';
import type { Transform } from '../tiff/georeferencing.js';
import { openTiff, readImages } from '../tiff/source.js';
import { NOWHERE, type Placement, placementIn, readWorldFile, worldPaths } from './placement.js';
import type { PlanImage } from './plan.js';

/** What files beside a raster say of it, as GDAL leaves them there. */
export interface Sidecars {
  /** `.msk`: which pixels are valid. */
  readonly mask: PlanImage | null;
  /** `.aux.xml`: the nodata value, which counts more than the raster's own; undefined: none. */
  readonly nodata: Nodata | undefined;
  /** `.aux.xml` and world files: where it lies. */
  readonly placement: Placement;
  /** What is there, and what of it is not used. */
  readonly found: readonly string[];
  readonly unused: readonly string[];
  /** What was read of remote ones that are used. */
  readonly snapshots: readonly SourceSnapshot[];
}

export const NO_SIDECARS: Sidecars = { mask: null, nodata: undefined, placement: NOWHERE, found: [], unused: [], snapshots: [] };
/** What a file beside a raster is taken for, by what its name has behind the raster's. */
const MEANINGS = { '.msk': 'mask', '.aux.xml': 'metadata', '.ovr': 'overviews' };
const SUFFIXES = Object.keys(MEANINGS);
const LARGEST_AUX = 16 * 1024 * 1024;

/**
 * Looks for sidecars of a raster: of a remote one only where `access` asks for it.
 * @throws RastqError where one that would change the pixels' meaning cannot be used
 */
export async function readSidecars(path: string, raster: Pick<Profile, 'width' | 'height' | 'bands' | 'nodata'>, access: Access): Promise<Sidecars> {
  if (!looksBeside(path, access)) return NO_SIDECARS;
  const [maskPath, auxPath, overviewPath] = SUFFIXES.map((suffix) => beside(path, suffix));
  const aux = await withSource(auxPath, access, (source) => readAux(source, raster));
  const world = await readWorld(path, access);
  const mask = await withSource(maskPath, access, (source) => readMask(maskPath, source, raster));
  const overviews = await withSource(overviewPath, access, () => Promise.resolve(true));
  const found = [...(mask ? [maskPath] : []), ...(aux ? [auxPath] : []), ...(world ? [world.path] : []), ...(overviews ? [overviewPath] : [])];
  const used = [maskPath, ...(world?.transform ? [world.path] : []), ...(aux?.value !== undefined || aux?.aux !== undefined ? [auxPath] : [])];
  const unused = found.filter((name) => !used.includes(name));
  return {
    mask: mask?.image ?? null,
    nodata: aux?.value,
    placement: { aux: aux?.aux, world: world?.transform, unread: aux?.unread ?? [] },
    found: found.map(locationName),
    unused: unused.map(locationName),
    snapshots: mask?.snapshot === undefined ? [] : [mask.snapshot],
  };
}

/** Where files may be that are read with a local raster. */
export function sidecarPaths(path: string): readonly string[] {
  return [...SUFFIXES.map((suffix) => path + suffix), ...worldPaths(path)];
}

/** @param found what lies beside the input @throws UsageError where the output would be written over it */
export function refuseSidecar(input: string, found: readonly string[], output: string): void {
  if (locationKind(input) !== 'file' || locationKind(output) !== 'file' || !found.some((path) => isSameFile(path, output))) return;
  throw new UsageError(`${output}: is read beside the input ${input}, give another output`);
}

/** The files that lie beside the place of a local raster that is to be made, as words of warning: readers take them for the raster's own. */
export function leftSidecars(output: string): readonly string[] {
  if (locationKind(output) !== 'file') return [];
  return Object.entries(MEANINGS)
    .filter(([suffix]) => existsSync(output + suffix))
    .map(([suffix, meaning]) => `${output}${suffix}: is there already and will be taken for the ${meaning} of the output, remove it if it is not made for it`);
}

/** The sizes of the overviews that GDAL keeps beside a raster; none where there are none. @throws RastqError by cause */
export async function readSidecarOverviews(path: string, access: Access): Promise<readonly Size[]> {
  const found = await withSidecar(path, '.ovr', access, readImages);
  return found?.overviews.map(({ width, height }) => ({ width, height })) ?? [];
}

/** What `read` makes of a file beside a raster; undefined where there is none, or none is looked for. */
export async function withSidecar<T>(path: string, suffix: string, access: Access, read: (source: ByteSource, path: string) => Promise<T>): Promise<T | undefined> {
  if (!looksBeside(path, access)) return undefined;
  const sidecar = beside(path, suffix);
  return withSource(sidecar, access, (source) => read(source, sidecar));
}

function looksBeside(path: string, access: Access): boolean {
  const kind = locationKind(path);
  return kind === 'file' || (kind !== 'standard' && access.sidecars);
}

/** The location of a sidecar; a URL's query stays behind it. */
function beside(path: string, suffix: string): string {
  if (locationKind(path) !== 'http') return path + suffix;
  const url = new URL(path);
  url.pathname += suffix;
  return url.href;
}

/** What `read` makes of a file; undefined where there is none. */
async function withSource<T>(path: string, access: Access, read: (source: ByteSource) => Promise<T>): Promise<T | undefined> {
  let source: ByteSource;
  try {
    source = await openSource(path, access);
  } catch (error) {
    if (error instanceof IoError && [systemCode(error), systemCode(error.cause)].includes('ENOENT')) return undefined;
    throw error;
  }
  try {
    return await read(source);
  } finally {
    await source.close();
  }
}

async function readMask(
  path: string,
  source: ByteSource,
  size: Size,
): Promise<{ readonly image: PlanImage; readonly snapshot: SourceSnapshot | undefined }> {
  const { directory, image } = await openTiff(source, { page: 1 });
  const { width, height, bands } = image.profile;
  if (width !== size.width || height !== size.height || bands !== 1) {
    throw new UnsupportedError(
      `${source.name}: a mask of ${width} x ${height} pixels, ${bands} bands, wanted ${size.width} x ${size.height} and 1; ` +
        `move it away if it is not this raster's`,
    );
  }
  const version = source.remote?.version ?? source.version;
  const { profile, layout } = image;
  return { image: { path, bytes: source.size, version, directory, profile, layout }, snapshot: source.remote?.snapshot() };
}

/** A world file, as GDAL looks for it. Behind a network none is looked for. */
async function readWorld(path: string, access: Access): Promise<{ readonly path: string; readonly transform: Transform | undefined } | undefined> {
  if (locationKind(path) !== 'file') return undefined;
  for (const world of worldPaths(path)) {
    const found = await withSource(world, access, async (source) => ({ path: world, transform: await readWorldFile(source) }));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The nodata value that GDAL's persistent metadata has for all bands alike, and what it says of the raster's place. */
async function readAux(source: ByteSource, { bands, nodata }: Pick<Profile, 'bands' | 'nodata'>): Promise<{ readonly value: Nodata | undefined } & Omit<Placement, 'world'>> {
  if (source.size > LARGEST_AUX) return { value: undefined, aux: undefined, unread: [] };
  const bytes = new Uint8Array(source.size);
  await source.read(0, bytes);
  const text = Buffer.from(bytes).toString('utf8');
  const values = nodataByBand(text);
  // A band that is not named has the raster's own value.
  const valueOf = (band: number): Nodata => values.get(band) ?? nodata;
  const named = Array.from({ length: bands }, (_, i) => i + 1).filter((band) => values.has(band));
  for (let band = 2; band <= bands && named.length > 0; band++) {
    if (valueOf(band) === valueOf(1)) continue;
    throw new UnsupportedError(
      `${source.name}: bands with different nodata values are not supported, give them one with: gdalwarp -dstnodata VALUE IN converted.tif`,
    );
  }
  return { value: values.get(named[0]), ...placementIn(text) };
}

/** The nodata values in GDAL's persistent metadata, by the band's number, from 1. */
function nodataByBand(aux: string): ReadonlyMap<number, Nodata> {
  const values = new Map<number, Nodata>();
  for (const [, head, body] of aux.matchAll(/<PAMRasterBand\b([^>]*)>([\s\S]*?)<\/PAMRasterBand>/g)) {
    const band = /\bband\s*=\s*["'](\d+)["']/.exec(head)?.[1];
    const text = /<NoDataValue\b[^>]*>([^<]*)<\/NoDataValue>/.exec(body)?.[1];
    const value = text === undefined ? null : parseTagNodata(text);
    if (band !== undefined && value !== null) values.set(Number(band), value);
  }
  return values;
}
