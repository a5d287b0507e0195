import { tmpdir } from 'node:os';
import { crc32 } from 'node:zlib';
import type { ByteSink } from '../io/byte-sink.js';
import { TemporaryFile } from '../io/temporary-file.js';
import { IoError, WorkerError } from '../errors.js';
import { type CellRange, cellsOf, type Grid, gridColumns, gridRows } from '../raster/grid.js';
import { planeCount } from './block-layout.js';
import { buildHead, createIndexes, directoryRoles, type TileIndex } from './directory-writer.js';
import { framedBytes, LEADER_BYTES, levelSizes, type TiffOutput, tileGrid } from './tile-layout.js';

const CLASSIC_LIMIT = 2 ** 32;

/** A file that is complete, and what its head, which names the places of all tiles, was when it was written. */
export interface FinishedFile {
  readonly bytes: number;
  readonly headBytes: number;
  /** CRC-32. */
  readonly headChecksum: number;
}

/** A level of the file: its tiles' places, of the image and of its mask. */
interface Level {
  readonly grid: Grid;
  readonly indexes: readonly TileIndex[];
}

/**
 * Writes encoded tiles behind each other, row by row, the planes and then the mask of each together, and the head
 * with their places last. A COG's overviews lie before the image, the smallest first: they wait in a temporary file,
 * where they may come in any order. Lives in the writer thread.
 */
export class TiffSink {
  readonly #output: TiffOutput;
  readonly #bytes: ByteSink;
  readonly #levels: readonly Level[];
  readonly #indexes: readonly TileIndex[];
  readonly #headBytes: number;
  readonly #overviews: TemporaryFile;
  /** Where the next bytes go: of the image in the file, of overviews in the temporary one. */
  #position: number;
  #overviewBytes = 0;

  /** @param folder where the temporary file for overviews goes */
  constructor(output: TiffOutput, bytes: ByteSink, folder = tmpdir()) {
    this.#output = output;
    this.#bytes = bytes;
    this.#indexes = createIndexes(output);
    const roles = directoryRoles(output);
    this.#levels = levelSizes(output).map((size, level) => ({
      grid: tileGrid(size, output.layout),
      indexes: this.#indexes.filter((_, i) => roles[i].level === level),
    }));
    this.#headBytes = buildHead(output, this.#indexes).length;
    this.#position = this.#headBytes;
    this.#overviews = new TemporaryFile(folder);
  }

  /** Bytes of the file so far. */
  get length(): number {
    return this.#position + this.#overviewBytes;
  }

  /**
   * Appends the tiles of a run of grid cells.
   * @param encoded their bytes without gaps
   * @param byteCounts of each cell, row by row: its planes, then its mask; 0 where a tile is left out
   * @param level the overview that they are of; 0 is the image, whose tiles come in their order
   */
  async write(cells: CellRange, encoded: Uint8Array, byteCounts: ArrayLike<number>, level = 0): Promise<void> {
    const start = this.place(cells, byteCounts, level);
    if (encoded.length > 0) await (level === 0 ? this.#bytes : this.#overviews).write(start, encoded);
  }

  /**
   * As `write`, of tiles of the image that were placed before, as they are to be there.
   * @throws WorkerError where they are others now
   */
  async writeAgain(cells: CellRange, encoded: Uint8Array, byteCounts: ArrayLike<number>): Promise<void> {
    let start: number | undefined;
    let i = 0;
    for (const [index, at] of this.#tiles(0, cells)) {
      const count = byteCounts[i++];
      if (index.byteCounts[at] !== count) {
        throw new WorkerError(`tiles at ${cells.col}, ${cells.row} have other lengths than when they were made first (${count} bytes, before ${index.byteCounts[at]}): give --overwrite to begin anew`);
      }
      if (count > 0) start ??= index.offsets[at] - this.#place(count, 0);
    }
    if (start !== undefined) await this.#bytes.write(start, encoded);
  }

  /** Says of the tiles of a run of grid cells that they are behind what was written so far. @returns where they start */
  place(cells: CellRange, byteCounts: ArrayLike<number>, level = 0): number {
    const start = level === 0 ? this.#position : this.#overviewBytes;
    let position = start;
    let i = 0;
    for (const [index, at] of this.#tiles(level, cells)) {
      const count = byteCounts[i++];
      index.byteCounts[at] = count;
      index.offsets[at] = this.#place(count, position);
      position += framedBytes(this.#output, count);
    }
    if (!this.#output.layout.bigTiff && this.length + position - start > CLASSIC_LIMIT) {
      throw new IoError(`the output grows beyond 4 GiB, the limit of a classic TIFF: give --co BIGTIFF=YES`);
    }
    if (level === 0) this.#position = position;
    else this.#overviewBytes = position;
    return start;
  }

  /** Puts overviews into their place and writes the head: the file is complete. */
  async finish(): Promise<FinishedFile> {
    const byteLength = this.#overviewBytes;
    if (byteLength > 0) {
      await this.#bytes.insert(this.#headBytes, { byteLength, pieces: () => this.#placeOverviews() });
      for (const { offsets, byteCounts } of this.#levels[0].indexes) {
        for (let i = 0; i < offsets.length; i++) if (byteCounts[i] > 0) offsets[i] += byteLength;
      }
    }
    await this.#overviews.close();
    const head = buildHead(this.#output, this.#indexes);
    const headChecksum = crc32(head);
    await this.#bytes.write(0, head);
    await this.#bytes.flush();
    return { bytes: this.length, headBytes: head.length, headChecksum };
  }

  /** Lets go of the temporary file. Never throws. */
  discard(): Promise<void> {
    return this.#overviews.close();
  }

  /** The tiles of overviews in the order they have in the file; each is told its place. */
  async *#placeOverviews(): AsyncGenerator<Uint8Array> {
    let room = new Uint8Array(0);
    let position = this.#headBytes;
    for (let level = this.#levels.length - 1; level > 0; level--) {
      for (const [index, at] of this.#tiles(level)) {
        const count = index.byteCounts[at];
        if (count === 0) continue;
        const length = framedBytes(this.#output, count);
        if (room.length < length) room = new Uint8Array(length);
        const tile = room.subarray(0, length);
        await this.#overviews.read(index.offsets[at] - this.#place(count, 0), tile);
        index.offsets[at] = this.#place(count, position);
        position += length;
        yield tile;
      }
    }
  }

  /** The tiles of a run of cells, of all by default, in the order they lie in: the array that has each, and its place there. */
  *#tiles(level: number, cells = allCells(this.#levels[level].grid)): Generator<readonly [TileIndex, number]> {
    const { grid, indexes } = this.#levels[level];
    const planes = planeCount(this.#output.layout, this.#output.profile.bands);
    const perPlane = gridColumns(grid) * gridRows(grid);
    for (const { col, row } of cellsOf(cells)) {
      const cell = row * gridColumns(grid) + col;
      for (let plane = 0; plane < planes; plane++) yield [indexes[0], plane * perPlane + cell];
      if (indexes.length > 1) yield [indexes[1], cell];
    }
  }

  /** Where a tile's own bytes begin that lies at `position`. */
  #place(count: number, position: number): number {
    return count === 0 ? 0 : position + (this.#output.cog?.leaders === true ? LEADER_BYTES : 0);
  }
}

const allCells = (grid: Grid): CellRange => ({ col: 0, row: 0, cols: gridColumns(grid), rows: gridRows(grid) });
