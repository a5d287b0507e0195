import type { ByteSource } from '../io/byte-source.js';
import type { DType } from '../raster/dtype.js';
import { isComparable, type Nodata } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';
import type { Size } from '../raster/window.js';
import { type MetadataItem, readMetadata } from './gdal-metadata.js';
import {
  affineTransform,
  geoNumbers,
  isPixelPoint,
  readGeoKeys,
  type ReferenceSystem,
  referenceSystem,
  type Transform,
} from './georeferencing.js';
import { type CarriedContent, openTiff, readCarriedContent, type TiffSource } from './source.js';
import { shortValues, tagItems } from './tag-items.js';
import { TAG } from './tags.js';

/** What a raster file says of itself, as plain JSON. */
export interface RasterInfo extends Size {
  readonly path: string;
  readonly bytes: number;
  readonly format: 'TIFF' | 'BigTIFF';
  readonly byteOrder: 'little' | 'big';
  readonly bands: readonly BandInfo[];
  readonly dtype: DType;
  readonly layout: 'tiles' | 'strips';
  readonly block: Size;
  readonly interleave: string;
  readonly compression: string;
  readonly predictor: number;
  readonly nodata: Nodata;
  readonly mask: 'none' | 'nodata' | 'internal' | 'alpha';
  readonly crs: ReferenceSystem | null;
  readonly transform: Transform | null;
  readonly pixelIs: 'area' | 'point';
  /** Of the outer corners, axis-parallel; null without a transform. */
  readonly bounds: { readonly left: number; readonly bottom: number; readonly right: number; readonly top: number } | null;
  readonly groundControlPoints: number;
  readonly rationalPolynomials: boolean;
  readonly pages: number;
  readonly overviews: readonly Size[];
  readonly metadata: Readonly<Record<string, string>>;
}

export interface BandInfo {
  readonly colour: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a raster carries, and the nodata value that counts in place of its own; undefined: its own does. */
export interface Described {
  readonly content: CarriedContent;
  readonly nodata?: Nodata | undefined;
}

/** What files beside a raster make of what it says. */
export type Beside = (content: CarriedContent, raster: Profile) => Promise<Described>;

/** @throws FormatError, UnsupportedError, what `beside` throws */
export async function describeRaster(source: ByteSource, page: number, beside: Beside = (content) => Promise.resolve({ content })): Promise<RasterInfo> {
  const tiff = await openTiff(source, { page });
  const { profile, layout, stored, byteCounts } = tiff.image;
  const { content, nodata = profile.nodata } = await beside(await readCarriedContent(source, tiff), profile);
  const items = content.metadata === null ? [] : readMetadata(content.metadata);
  const keys = readGeoKeys(content.tags);
  const transform = affineTransform(content.tags);
  const ties = geoNumbers(content.tags, 'tiePoints').length / 6;
  const colours = bandColours(tiff, content, items);
  const named = (band: number | null): Record<string, string> =>
    Object.fromEntries(items.filter((i) => i.band === band && i.role === '' && i.domain === '').map((i) => [i.name, i.value]));
  return {
    path: source.name,
    bytes: source.size,
    format: tiff.header.bigTiff ? 'BigTIFF' : 'TIFF',
    byteOrder: layout.byteOrder,
    width: profile.width,
    height: profile.height,
    bands: Array.from({ length: profile.bands }, (_, band) => ({
      colour: colours[band],
      description: items.find((i) => i.band === band && i.role === 'description')?.value ?? null,
      metadata: named(band),
    })),
    dtype: profile.dtype,
    layout: layout.padded ? 'tiles' : 'strips',
    block: stored,
    interleave: profile.interleave,
    compression: byteCounts === undefined ? 'none' : profile.compression,
    predictor: profile.predictor,
    nodata,
    mask: tiff.mask !== null ? 'internal' : isComparable(profile.dtype, nodata) ? 'nodata' : profile.alpha !== null ? 'alpha' : 'none',
    crs: referenceSystem(keys),
    transform,
    pixelIs: isPixelPoint(keys) ? 'point' : 'area',
    bounds: transform && boundsOf(profile, transform),
    groundControlPoints: transform === null ? Math.floor(ties) : 0,
    rationalPolynomials: geoNumbers(content.tags, 'rpc').length > 0,
    pages: tiff.pages,
    overviews: tiff.overviews.map(({ width, height }) => ({ width, height })),
    metadata: { ...tagItems(content.tags), ...named(null) },
  };
}

const INKS = ['cyan', 'magenta', 'yellow', 'black'];
const RGB = 2;
const SEPARATED = 5;

/** The colour of each band: what GDAL's metadata calls it, else what the tags do. */
function bandColours({ image }: TiffSource, { tags, keepsColours }: CarriedContent, items: readonly MetadataItem[]): string[] {
  const { bands } = image.profile;
  const extras = shortValues(tags, TAG.ExtraSamples);
  const byTags = (band: number): string => {
    const extra = extras[band - bands + extras.length];
    if (extra === 1 || extra === 2 || band === image.profile.alpha) return 'alpha';
    if (image.photometric === RGB && band < 3) return ['red', 'green', 'blue'][band];
    if (image.photometric === SEPARATED && band < INKS.length) return INKS[band];
    if (image.palette) return 'palette';
    return band === 0 && image.photometric < RGB ? 'grey' : 'undefined';
  };
  return Array.from({ length: bands }, (_, band) => {
    const named = items.find((item) => item.band === band && item.role === 'colorinterp' && keepsColours)?.value.toLowerCase();
    return named === undefined ? byTags(band) : named.replace('gray', 'grey');
  });
}

function boundsOf({ width, height }: Size, [x, xCol, xRow, y, yCol, yRow]: Transform): NonNullable<RasterInfo['bounds']> {
  const xs = [0, width * xCol, height * xRow, width * xCol + height * xRow].map((d) => x + d);
  const ys = [0, width * yCol, height * yRow, width * yCol + height * yRow].map((d) => y + d);
  return { left: Math.min(...xs), bottom: Math.min(...ys), right: Math.max(...xs), top: Math.max(...ys) };
}
