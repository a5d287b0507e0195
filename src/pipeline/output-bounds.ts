import type { Encoding } from '../codecs/codec.js';
import { UnsupportedError, UsageError } from '../errors.js';
import { DTYPES } from '../raster/dtype.js';
import { cellCount } from '../raster/grid.js';
import { bandsPerBlock, planeCount } from '../tiff/block-layout.js';
import type { CreationOptions } from '../tiff/creation-options.js';
import { buildHead, createIndexes } from '../tiff/directory-writer.js';
import { LEADER_BYTES, levelSizes, tileGrid, type TiffOutput, TRAILER_BYTES } from '../tiff/tile-layout.js';
import type { PlanOutput } from './plan.js';

const TILE_LIMIT = 256 * 1024 * 1024;
/** The index arrays take 16 bytes a tile. */
const TILE_COUNT_LIMIT = 2 ** 24;
const CLASSIC_LIMIT = 2 ** 32;

/** The most bytes the file and its overviews can have: every tile as large as its codec can make it. */
export function outputBounds(output: TiffOutput, bound: Encoding['bound']): Pick<PlanOutput, 'boundBytes' | 'overviewBoundBytes'> {
  const { profile, layout, cog } = output;
  const { width, height } = layout.tile;
  const rawBytes = width * height * bandsPerBlock(layout, profile.bands) * DTYPES[profile.dtype].bytes;
  if (rawBytes > TILE_LIMIT) {
    throw new UsageError(
      `tiles of ${width} x ${height} pixels have ${Math.ceil(rawBytes / 2 ** 20)} MiB, wanted at most ` +
        `${TILE_LIMIT / 2 ** 20}: give a smaller --co BLOCKXSIZE and BLOCKYSIZE`,
    );
  }
  const [cells, ...overviewCells] = levelSizes(output).map((size) => cellCount(tileGrid(size, layout)));
  const smaller = overviewCells.reduce((sum, count) => sum + count, 0);
  if ((cells + smaller) * planeCount(layout, profile.bands) > TILE_COUNT_LIMIT) {
    throw new UnsupportedError(
      `an output of ${profile.width} x ${profile.height} pixels has ${cells + smaller} tiles a plane, wanted at most ${TILE_COUNT_LIMIT} in all: ` +
        `give a larger --co BLOCKXSIZE and BLOCKYSIZE, or a part of it: gdal_translate -srcwin 0 0 WIDTH HEIGHT IN part.tif`,
    );
  }
  const maskBytes = profile.mask ? bound((width / 8) * height, width / 8) : 0;
  const planes = planeCount(layout, profile.bands);
  const besides = cog?.leaders === true ? (planes + (profile.mask ? 1 : 0)) * (LEADER_BYTES + TRAILER_BYTES) : 0;
  const cellBytes = planes * bound(rawBytes, rawBytes / height) + maskBytes + besides;
  const head = buildHead(output, createIndexes(output)).length;
  return { boundBytes: head + (cells + smaller) * cellBytes, overviewBoundBytes: smaller * cellBytes };
}

export function chooseBigTiff(boundBytes: number, choice: Required<CreationOptions>['bigTiff']): boolean {
  if (choice === 'YES') return true;
  if (choice === 'IF_SAFER') return boundBytes > CLASSIC_LIMIT / 2;
  const isNeeded = boundBytes > CLASSIC_LIMIT;
  if (choice === 'NO' && isNeeded) {
    throw new UsageError(
      `--co BIGTIFF=NO: the output may have up to ${boundBytes} bytes, a classic TIFF ${CLASSIC_LIMIT}: leave the option out`,
    );
  }
  return isNeeded;
}
