import { existsSync, readFileSync, statSync } from 'node:fs';
import { ioError, UnsupportedError } from '../errors.js';
import { openFile } from '../io/file-source.js';
import { type Nodata, parseNodata } from '../raster/nodata.js';
import type { Size } from '../raster/window.js';
import { openTiff } from '../tiff/source.js';
import type { PlanImage } from './plan.js';

/** What files beside a raster say of it, as GDAL leaves them there. */
export interface Sidecars {
  /** `.msk`: which pixels are valid. */
  readonly mask: PlanImage | null;
  /** `.aux.xml`: a nodata value; undefined: none. */
  readonly nodata: Nodata | undefined;
  /** What is there, and what of it is not used. */
  readonly found: readonly string[];
  readonly unused: readonly string[];
}

/** Where GDAL keeps overviews beside a raster. */
export const overviewPath = (path: string): string => `${path}.ovr`;

const LARGEST_AUX = 16 * 1024 * 1024;

/** Looks for sidecars of a local file. @throws RastqError where one that would change the pixels' meaning cannot be used */
export async function readSidecars(path: string, size: Size): Promise<Sidecars> {
  const [maskPath, auxPath] = [`${path}.msk`, `${path}.aux.xml`];
  const found = [maskPath, auxPath, overviewPath(path)].filter((name) => existsSync(name));
  const nodata = existsSync(auxPath) ? readAuxNodata(auxPath) : undefined;
  return {
    mask: existsSync(maskPath) ? await readMask(maskPath, size) : null,
    nodata,
    found,
    unused: found.filter((name) => name !== maskPath && (name !== auxPath || nodata === undefined)),
  };
}

async function readMask(path: string, size: Size): Promise<PlanImage> {
  const source = openFile(path);
  try {
    const { directory, image } = await openTiff(source, { page: 1 });
    const { width, height, bands } = image.profile;
    if (width !== size.width || height !== size.height || bands !== 1) {
      throw new UnsupportedError(
        `${path}: a mask of ${width} x ${height} pixels, ${bands} bands, wanted ${size.width} x ${size.height} and 1; ` +
          `move it away if it is not this raster's`,
      );
    }
    return { path, bytes: source.size, directory, profile: image.profile, layout: image.layout };
  } finally {
    await source.close();
  }
}

/** The nodata value that all bands of GDAL's persistent metadata agree on. */
function readAuxNodata(path: string): Nodata | undefined {
  if (statSync(path).size > LARGEST_AUX) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw ioError(path, 'cannot read', cause);
  }
  const values = [...text.matchAll(/<NoDataValue\b[^>]*>([^<]*)<\/NoDataValue>/g)].map(([, value]) => parseNodata(value));
  if (values.some((value) => value !== values[0])) {
    throw new UnsupportedError(
      `${path}: bands with different nodata values are not supported, give them one with: gdalwarp -dstnodata VALUE IN converted.tif`,
    );
  }
  return values[0];
}
