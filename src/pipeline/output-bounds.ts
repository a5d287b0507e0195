import type { Encoding } from '../codecs/codec.js';
import { UnsupportedError, UsageError } from '../errors.js';
import { cellCount } from '../raster/grid.js';
import { planeCount } from '../tiff/block-layout.js';
import type { CreationOptions } from '../tiff/creation-options.js';
import { buildHead, createIndexes } from '../tiff/directory-writer.js';
import { cellBound } from '../tiff/tile-encoder.js';
import { LARGEST_TILE_BYTES, levelSizes, rawTileBytes, tileGrid, type TiffOutput } from '../tiff/tile-layout.js';
import type { PlanOutput } from './plan.js';

/** A worker holds a tile of all planes. */
const CELL_LIMIT = 1024 * 1024 * 1024;
/** The index arrays take 16 bytes a tile. */
const TILE_COUNT_LIMIT = 2 ** 24;
const CLASSIC_LIMIT = 2 ** 32;

/** The most bytes the file and its overviews can have: every tile as large as its codec can make it. */
export function outputBounds(output: TiffOutput, bound: Encoding['bound']): Pick<PlanOutput, 'boundBytes' | 'overviewBoundBytes'> {
  const { profile, layout, cog } = output;
  const { width, height } = layout.tile;
  const rawBytes = rawTileBytes(output);
  const planes = planeCount(layout, profile.bands);
  const refuse = (bytes: number, most: number, of = ''): never => {
    throw new UsageError(
      `tiles of ${width} x ${height} pixels have ${Math.ceil(bytes / 2 ** 20)} MiB${of}, wanted at most ${most / 2 ** 20}: give a smaller ` +
        (cog === undefined ? '--co BLOCKXSIZE and BLOCKYSIZE' : '--co BLOCKSIZE'),
    );
  };
  if (rawBytes > LARGEST_TILE_BYTES) refuse(rawBytes, LARGEST_TILE_BYTES);
  if (rawBytes * planes > CELL_LIMIT) refuse(rawBytes * planes, CELL_LIMIT, ' in all bands');
  const [cells, ...overviewCells] = levelSizes(output).map((size) => cellCount(tileGrid(size, layout)));
  const smaller = overviewCells.reduce((sum, count) => sum + count, 0);
  if ((cells + smaller) * planes > TILE_COUNT_LIMIT) {
    throw new UnsupportedError(
      `an output of ${profile.width} x ${profile.height} pixels has ${cells + smaller} tiles a plane, wanted at most ${TILE_COUNT_LIMIT} in all: ` +
        `give a larger --co BLOCKXSIZE and BLOCKYSIZE, or a part of it: gdal_translate -srcwin 0 0 WIDTH HEIGHT IN part.tif`,
    );
  }
  const cellBytes = cellBound(output, bound);
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
