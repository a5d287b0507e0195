import { join, parse } from 'node:path';
import type { ByteSource } from '../io/byte-source.js';
import { affineTransform, geoNumbers, readGeoKeys, referenceSystem, type Transform, withTransform } from '../tiff/georeferencing.js';
import type { CarriedContent } from '../tiff/source.js';
import type { CarriedTag } from '../tiff/tags.js';

/** What files beside a raster say of where it lies. */
export interface Placement {
  /** GDAL's persistent metadata, which counts more than what the raster itself says. */
  readonly aux: Transform | undefined;
  /** A world file, which counts where nothing else does. */
  readonly world: Transform | undefined;
  /** What there is in GDAL's persistent metadata besides, and is not read. */
  readonly unread: readonly ('reference system' | 'control points')[];
}

export const NOWHERE: Placement = { aux: undefined, world: undefined, unread: [] };

/** The names under which GDAL looks for a raster's world file: of `in.tif`, `in.tfw`, `in.tifw` and `in.wld`, and the same in capitals. */
export function worldPaths(path: string): string[] {
  const { dir, name, ext } = parse(path);
  const own = ext.length < 3 ? [] : [`${ext.slice(0, 2)}${ext.at(-1)}w`, `${ext}w`];
  return [...own, '.wld'].flatMap((ending) => [ending.toLowerCase(), ending.toUpperCase()]).map((ending) => join(dir, name + ending));
}

/** Reads a world file: six lines, of which the last two are the centre of the first pixel. Undefined where it is none. */
export async function readWorldFile(source: ByteSource): Promise<Transform | undefined> {
  const bytes = new Uint8Array(Math.min(source.size, 4096));
  await source.read(0, bytes);
  const numbers = sixNumbers(Buffer.from(bytes).toString('latin1').trim().split(/\s+/));
  if (numbers === undefined) return undefined;
  const [xCol, yCol, xRow, yRow, x, y] = numbers;
  return [x - (xCol + xRow) / 2, xCol, xRow, y - (yCol + yRow) / 2, yCol, yRow];
}

/** What GDAL's persistent metadata says of a raster's place. */
export function placementIn(aux: string): Omit<Placement, 'world'> {
  const transform = /<GeoTransform>([^<]*)<\/GeoTransform>/.exec(aux)?.[1];
  return {
    aux: transform === undefined ? undefined : sixNumbers(transform.split(',')),
    unread: [...(aux.includes('<SRS') ? (['reference system'] as const) : []), ...(aux.includes('<GCPList') ? (['control points'] as const) : [])],
  };
}

function sixNumbers(words: readonly string[]): Transform | undefined {
  const numbers = words.map((word) => (word.trim() === '' ? NaN : Number(word)));
  return numbers.length === 6 && numbers.every(Number.isFinite) ? (numbers as unknown as Transform) : undefined;
}

/** What a raster carries, with what the files beside it say of its place, as GDAL weighs them. */
export function placed(content: CarriedContent, { aux, world }: Placement): CarriedContent {
  const { tags } = content;
  if (aux !== undefined) return { ...content, tags: withTransform(tags, aux) };
  const isPlaced = affineTransform(tags) !== null || geoNumbers(tags, 'tiePoints').length > 0;
  return world === undefined || isPlaced ? content : { ...content, tags: withTransform(tags, world) };
}

/** What is not read of a raster's place and the raster does not say itself. */
export function lostPlacement(tags: readonly CarriedTag[], { unread }: Placement): readonly string[] {
  return unread.filter((what) => (what === 'reference system' ? referenceSystem(readGeoKeys(tags)) === null : geoNumbers(tags, 'tiePoints').length === 0));
}
