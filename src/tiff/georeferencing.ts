import { type CarriedTag, FIELD, FIELD_TYPES } from './tags.js';

/** Tags that place a raster on the earth, by name. */
const GEO_TAGS = {
  pixelScale: 33550,
  tiePoints: 33922,
  transformation: 34264,
  geoKeys: 34735,
  geoDoubles: 34736,
  geoAscii: 34737,
  rpc: 50844,
} as const;

export type GeoTag = keyof typeof GEO_TAGS;

/** The values of a tag as numbers; empty where the image has no such tag. */
export function geoNumbers(tags: readonly CarriedTag[], name: GeoTag): number[] {
  const found = tags.find(({ tag }) => tag === GEO_TAGS[name]);
  if (found === undefined) return [];
  const { bytes, read } = FIELD_TYPES.get(found.type)!;
  if (read === null) return [];
  const data = Buffer.from(found.bytes, 'base64');
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: found.count }, (_, i) => read(view, i * bytes, true));
}

/** The tags that place a raster, each as text that is equal where the values are; absent ones left out. */
export function georeferencingOf(tags: readonly CarriedTag[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of Object.keys(GEO_TAGS) as GeoTag[]) {
    const values = geoNumbers(tags, name);
    if (values.length > 0) found[name] = values.join(' ');
  }
  return found;
}

export interface GeoKeys {
  /** Short values by key number. */
  readonly numbers: ReadonlyMap<number, number>;
  readonly texts: ReadonlyMap<number, string>;
}

/** The GeoKey directory, GeoTIFF 1.1, requirement class 7: header of four, then key, location, count, value. */
export function readGeoKeys(tags: readonly CarriedTag[]): GeoKeys {
  const directory = geoNumbers(tags, 'geoKeys');
  const doubles = geoNumbers(tags, 'geoDoubles');
  const ascii = Buffer.from(tags.find(({ tag }) => tag === GEO_TAGS.geoAscii)?.bytes ?? '', 'base64').toString('latin1');
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  for (let i = 4; i + 3 < directory.length; i += 4) {
    const [key, location, count, value] = directory.slice(i, i + 4);
    if (location === 0) numbers.set(key, value);
    else if (location === GEO_TAGS.geoDoubles && value < doubles.length) numbers.set(key, doubles[value]);
    else if (location === GEO_TAGS.geoAscii) texts.set(key, ascii.slice(value, value + count).replace(/[|\0]+$/, ''));
  }
  return { numbers, texts };
}

const RASTER_TYPE = 1025;
const PIXEL_IS_POINT = 2;
const CITATION = 1026;
const GEOGRAPHIC_TYPE = 2048;
const GEOGRAPHIC_CITATION = 2049;
const PROJECTED_TYPE = 3072;
const PROJECTED_CITATION = 3073;
/** What GeoTIFF writes where there is no code. */
const USER_DEFINED = 32767;

/** The reference system as the GeoKeys name it. */
export interface ReferenceSystem {
  readonly name: string | null;
  readonly epsg: number | null;
  readonly kind: 'projected' | 'geographic' | 'other';
}

export function referenceSystem({ numbers, texts }: GeoKeys): ReferenceSystem | null {
  if (numbers.size === 0 && texts.size === 0) return null;
  const code = (key: number): number | null => {
    const value = numbers.get(key);
    return value === undefined || value === USER_DEFINED || value === 0 ? null : value;
  };
  const isProjected = numbers.has(PROJECTED_TYPE);
  const kind = isProjected ? 'projected' : numbers.has(GEOGRAPHIC_TYPE) ? 'geographic' : 'other';
  const epsg = code(isProjected ? PROJECTED_TYPE : GEOGRAPHIC_TYPE);
  const citation = texts.get(isProjected ? PROJECTED_CITATION : GEOGRAPHIC_CITATION) ?? texts.get(CITATION);
  return { name: citation === undefined ? commonName(epsg) : citedName(citation), epsg, kind };
}

/** Esri lists a system's parts: `GCS Name = WGS 84|Datum = ...`. */
function citedName(citation: string): string {
  return /^\s*(?:GCS|PCS) Name = ([^|]*)/.exec(citation)?.[1] ?? citation;
}

/** The names of the systems that most files are in, for those that give a code alone. */
function commonName(epsg: number | null): string | null {
  if (epsg === 4326) return 'WGS 84';
  if (epsg === 3857) return 'WGS 84 / Pseudo-Mercator';
  const zone = (epsg ?? 0) % 100;
  const half = ({ 326: 'N', 327: 'S' } as const)[Math.floor((epsg ?? 0) / 100)];
  return half === undefined || zone < 1 || zone > 60 ? null : `WGS 84 / UTM zone ${zone}${half}`;
}

export function isPixelPoint({ numbers }: GeoKeys): boolean {
  return numbers.get(RASTER_TYPE) === PIXEL_IS_POINT;
}

/** x = [0] + col * [1] + row * [2], y = [3] + col * [4] + row * [5], of a pixel's top left corner, as GDAL has it. */
export type Transform = readonly [number, number, number, number, number, number];

/** The tags with a transform in place of what they say of where pixels lie. What they say of the reference system stays. */
export function withTransform(tags: readonly CarriedTag[], transform: Transform): CarriedTag[] {
  const placing: readonly number[] = [GEO_TAGS.pixelScale, GEO_TAGS.tiePoints, GEO_TAGS.transformation];
  const others = tags.filter(({ tag }) => !placing.includes(tag));
  const [, xCol, xRow, , yCol, yRow] = transform;
  // Of a pixel's centre where the keys say so.
  const half = isPixelPoint(readGeoKeys(tags)) ? 0.5 : 0;
  const [x, y] = [transform[0] + half * (xCol + xRow), transform[3] + half * (yCol + yRow)];
  const made =
    xRow === 0 && yCol === 0 && xCol > 0 && yRow < 0
      ? [doubles('pixelScale', [xCol, -yRow, 0]), doubles('tiePoints', [0, 0, 0, x, y, 0])]
      : [doubles('transformation', [xCol, xRow, 0, x, yCol, yRow, 0, y, 0, 0, 0, 0, 0, 0, 0, 1])];
  return [...others, ...made].sort((a, b) => a.tag - b.tag);
}

function doubles(name: GeoTag, values: readonly number[]): CarriedTag {
  const bytes = Buffer.alloc(values.length * Float64Array.BYTES_PER_ELEMENT);
  values.forEach((value, i) => bytes.writeDoubleLE(value, i * Float64Array.BYTES_PER_ELEMENT));
  return { tag: GEO_TAGS[name], type: FIELD.DOUBLE, count: values.length, bytes: bytes.toString('base64') };
}

/** The affine transform, from a transformation matrix or from one tie point and a pixel scale; null: there is none. */
export function affineTransform(tags: readonly CarriedTag[]): Transform | null {
  const matrix = geoNumbers(tags, 'transformation');
  const scale = geoNumbers(tags, 'pixelScale');
  const tie = geoNumbers(tags, 'tiePoints');
  let found: Transform;
  if (scale.length >= 2 && tie.length === 6 && scale[0] !== 0 && scale[1] !== 0) {
    found = [tie[3] - tie[0] * scale[0], scale[0], 0, tie[4] + tie[1] * scale[1], 0, -scale[1]];
  } else if (matrix.length === 16) {
    found = [matrix[3], matrix[0], matrix[1], matrix[7], matrix[4], matrix[5]];
  } else return null;
  if (!isPixelPoint(readGeoKeys(tags))) return found;
  // The tie point is a pixel's centre: half a pixel from its corner.
  const [x, xCol, xRow, y, yCol, yRow] = found;
  return [x - (xCol + xRow) / 2, xCol, xRow, y - (yCol + yRow) / 2, yCol, yRow];
}
