import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { openSource } from '../io/open-source.js';
import { isComparable } from '../raster/nodata.js';
import { describeRaster, type RasterInfo } from '../tiff/info.js';
import { placed } from './placement.js';
import { NO_SIDECARS, readSidecarOverviews, readSidecars } from './sidecars.js';

/** What a raster says of itself, and the files beside it say of it. */
export interface FileInfo extends Omit<RasterInfo, 'mask'> {
  readonly mask: RasterInfo['mask'] | 'external';
  /** The files beside it that were found. */
  readonly sidecars: readonly string[];
}

/** @throws RastqError by cause */
export async function describeFile(path: string, page: number, access: Access = STANDARD_ACCESS): Promise<FileInfo> {
  const source = await openSource(path, access);
  try {
    let sidecars = NO_SIDECARS;
    const info = await describeRaster(source, page, async (carried, raster) => {
      sidecars = await readSidecars(path, raster, access);
      return placed(carried, sidecars.placement);
    });
    const { mask, nodata: nodataBeside, found } = sidecars;
    // The file's own word counts more than what lies beside it, and a mask more than a nodata value, as in GDAL.
    const nodata = info.nodata ?? nodataBeside ?? null;
    const own = info.mask !== 'internal' && isComparable(info.dtype, nodata) ? 'nodata' : info.mask;
    return {
      ...info,
      nodata,
      mask: info.mask !== 'internal' && mask !== null ? 'external' : own,
      overviews: info.overviews.length > 0 ? info.overviews : await readSidecarOverviews(path, access),
      sidecars: found,
    };
  } finally {
    await source.close();
  }
}
