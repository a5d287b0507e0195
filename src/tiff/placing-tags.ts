import type { ReferenceSystem, Transform } from './georeferencing.js';
import { type CarriedTag, FIELD } from './tags.js';

/** Where a raster lies. */
export interface Placing {
  readonly transform: Transform | null;
  /** By its EPSG code; null: none is said. */
  readonly crs: Pick<ReferenceSystem, 'kind'> & { readonly epsg: number } | null;
}

const PIXEL_SCALE = 33550;
const TIE_POINTS = 33922;
const TRANSFORMATION = 34264;
const GEO_KEYS = 34735;

/**
 * The tags that say where a raster lies, in ascending order: a tie point and a pixel scale where rows go due south and columns due
 * east, else a matrix (GeoTIFF 1.1, requirement classes 4 to 6 and 7).
 */
export function placingTags({ transform, crs }: Placing): CarriedTag[] {
  const tags: CarriedTag[] = [];
  if (transform !== null) {
    const [x, xCol, xRow, y, yCol, yRow] = transform;
    const isNorthUp = xRow === 0 && yCol === 0 && xCol > 0 && yRow < 0;
    if (isNorthUp) tags.push(doubles(PIXEL_SCALE, [xCol, -yRow, 0]), doubles(TIE_POINTS, [0, 0, 0, x, y, 0]));
    else tags.push(doubles(TRANSFORMATION, [xCol, xRow, 0, x, yCol, yRow, 0, y, 0, 0, 0, 0, 0, 0, 0, 1]));
  }
  if (transform !== null || crs !== null) tags.push(geoKeys(crs));
  return tags;
}

/** The keys GTModelType, GTRasterType (pixel is area), and the code under GeographicType or ProjectedCSType. */
function geoKeys(crs: Placing['crs']): CarriedTag {
  const keys: number[][] = crs === null ? [[1025, 0, 1, 1]] : [
    [1024, 0, 1, crs.kind === 'geographic' ? 2 : 1],
    [1025, 0, 1, 1],
    [crs.kind === 'geographic' ? 2048 : 3072, 0, 1, crs.epsg],
  ];
  const values = [1, 1, 0, keys.length, ...keys.flat()];
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => bytes.writeUInt16LE(value, i * 2));
  return { tag: GEO_KEYS, type: FIELD.SHORT, count: values.length, bytes: bytes.toString('base64') };
}

function doubles(tag: number, values: readonly number[]): CarriedTag {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => bytes.writeDoubleLE(value, i * 8));
  return { tag, type: FIELD.DOUBLE, count: values.length, bytes: bytes.toString('base64') };
}
