import type { ByteSink } from '../io/byte-sink.js';
import { IoError } from '../errors.js';
import { type CellRange, cellsOf, gridColumns, gridRows } from '../raster/grid.js';
import { planeCount } from './block-layout.js';
import { buildHead, createIndexes, type TileIndex } from './directory-writer.js';
import { type TiffOutput, tileGrid } from './tile-layout.js';

const CLASSIC_LIMIT = 2 ** 32;

/**
 * Writes encoded tiles behind each other, row by row, the planes and then the mask of each together, and the head
 * with their places last. Lives in the writer thread.
 */
export class TiffSink {
  readonly #output: TiffOutput;
  readonly #bytes: ByteSink;
  readonly #indexes: TileIndex[];
  #position: number;

  constructor(output: TiffOutput, bytes: ByteSink) {
    this.#output = output;
    this.#bytes = bytes;
    this.#indexes = createIndexes(output);
    this.#position = buildHead(output, this.#indexes).length;
  }

  /** Bytes of the file so far. */
  get length(): number {
    return this.#position;
  }

  /**
   * Appends the tiles of a run of grid cells.
   * @param encoded their bytes without gaps
   * @param byteCounts of each cell, row by row: its planes, then its mask; 0 where a tile is left out
   */
  async write(cells: CellRange, encoded: Uint8Array, byteCounts: ArrayLike<number>): Promise<void> {
    const position = this.#position;
    this.place(cells, byteCounts);
    if (encoded.length > 0) await this.#bytes.write(position, encoded);
  }

  /** Says of the tiles of a run of grid cells that they are written behind what was written so far. */
  place(cells: CellRange, byteCounts: ArrayLike<number>): void {
    const { profile, layout } = this.#output;
    const grid = tileGrid(profile, layout);
    const planes = planeCount(layout, profile.bands);
    const perPlane = gridColumns(grid) * gridRows(grid);
    let position = this.#position;
    let i = 0;
    for (const { col, row } of cellsOf(cells)) {
      const cell = row * gridColumns(grid) + col;
      for (let plane = 0; plane < planes + (profile.mask ? 1 : 0); plane++) {
        const count = byteCounts[i++];
        const index = plane < planes ? this.#indexes[0] : this.#indexes[1];
        const at = plane < planes ? plane * perPlane + cell : cell;
        index.byteCounts[at] = count;
        index.offsets[at] = count === 0 ? 0 : position;
        position += count;
      }
    }
    if (!layout.bigTiff && position > CLASSIC_LIMIT) {
      throw new IoError(`the output grows beyond 4 GiB, the limit of a classic TIFF: give --co BIGTIFF=YES`);
    }
    this.#position = position;
  }

  /** Writes the head: the file is complete. */
  async finish(): Promise<void> {
    await this.#bytes.write(0, buildHead(this.#output, this.#indexes));
    await this.#bytes.flush();
  }
}
