import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { openSource } from '../io/open-source.js';
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
      return { content: placed(carried, sidecars.placement), nodata: sidecars.nodata };
    });
    return {
      ...info,
      // The file's own mask counts more than one beside it, and that more than a nodata value, as in GDAL.
      mask: info.mask !== 'internal' && sidecars.mask !== null ? 'external' : info.mask,
      overviews: info.overviews.length > 0 ? info.overviews : await readSidecarOverviews(path, access),
      sidecars: sidecars.found,
    };
  } finally {
    await source.close();
  }
}
