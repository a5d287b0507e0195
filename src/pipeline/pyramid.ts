import { type Kept, Spill } from '../io/spill.js';
import { type CellRange, cellsOf, cellsTouching, cellWindow, type Grid } from '../raster/grid.js';
import { partShape, type Reduction, sourceWindow } from '../raster/overview-part.js';
import { levelSizes, reductionTo, type TiffOutput, tileGrid } from '../tiff/tile-layout.js';
import type { MadeOverview, OverviewRequest } from './overview-maker.js';

/** Bytes of parts in memory; what there is beyond waits in a temporary file. */
const HELD_BYTES = 64 * 1024 * 1024;

/** A tile of a level; level 0 is the image. */
export interface LevelTile {
  readonly level: number;
  readonly col: number;
  readonly row: number;
}

export interface PyramidWork {
  /** Has a worker make a tile. */
  readonly make: (request: Omit<OverviewRequest, 'spare'>) => Promise<MadeOverview>;
  /** Takes a tile that is made; they come in any order. */
  readonly write: (tile: LevelTile, made: MadeOverview) => Promise<void>;
  /** Tiles that are made at one time. */
  readonly mostJobs: number;
  /** Where the temporary file goes. */
  readonly folder: string;
}

interface KeptPart {
  readonly kept: Kept;
  /** The tiles of the next level that still need it. */
  uses: number;
}

/**
 * Makes overviews while the image is made: each tile leaves its part of the next level here, and as soon as all parts of
 * a tile of the next level are there, that is made of them. Lives in the main thread.
 */
export class Pyramid {
  readonly #work: PyramidWork;
  readonly #grids: readonly Grid[];
  readonly #reductions: readonly (Reduction | undefined)[];
  readonly #spill: Spill;
  readonly #parts = new Map<string, KeptPart>();
  /** Of tiles of which some parts are there: how many are not. */
  readonly #missing = new Map<string, number>();
  readonly #jobs = new Set<Promise<void>>();
  #failure: Error | undefined;

  constructor(output: TiffOutput, work: PyramidWork) {
    this.#work = work;
    this.#grids = levelSizes(output).map((size) => tileGrid(size, output.layout));
    this.#reductions = this.#grids.map((_, level) => (level === 0 ? undefined : reductionTo(output, level)));
    this.#spill = new Spill(work.folder, HELD_BYTES);
  }

  /**
   * Takes the part that a tile of the image leaves. Waits while as many tiles are being made as may be.
   * @throws what making a tile has failed with
   */
  async add(tile: LevelTile, part: ArrayBuffer): Promise<void> {
    for (const next of await this.#place(tile, part)) {
      while (this.#jobs.size >= this.#work.mostJobs) await Promise.race(this.#jobs);
      if (this.#failure !== undefined) throw this.#failure;
      const job = this.#run(next)
        .catch((error: unknown) => {
          this.#failure ??= error as Error;
        })
        .finally(() => this.#jobs.delete(job));
      this.#jobs.add(job);
    }
  }

  /** Waits for the last tiles. @throws what making one has failed with */
  async finish(): Promise<void> {
    while (this.#jobs.size > 0) await Promise.race(this.#jobs);
    if (this.#failure !== undefined) throw this.#failure;
    await this.close();
  }

  /** Lets go of the temporary file. Never throws. */
  close(): Promise<void> {
    return this.#spill.close();
  }

  /** Makes a tile, and those of further levels that only waited for it. */
  async #run(tile: LevelTile): Promise<void> {
    const made = await this.#make(tile);
    await this.#work.write(tile, made);
    if (made.part === undefined) return;
    for (const next of await this.#place(tile, made.part)) await this.#run(next);
  }

  async #make(tile: LevelTile): Promise<MadeOverview> {
    const keys = [...cellsOf(this.#sources(tile))].map((cell) => keyOf({ level: tile.level - 1, ...cell }));
    const buffers = await Promise.all(keys.map((key) => this.#spill.get(this.#parts.get(key)!.kept)));
    // From here to the call nothing is waited for: a buffer whose last use this is may be written to.
    const parts = keys.map((key, i) => {
      const part = this.#parts.get(key)!;
      const isLast = --part.uses === 0;
      if (isLast) {
        this.#parts.delete(key);
        this.#spill.drop(part.kept);
      }
      return { buffer: buffers[i], isLast };
    });
    return this.#work.make({ type: 'overview', ...tile, parts });
  }

  /** Keeps a tile's part. @returns the tiles of the next level that it was the last for */
  async #place(tile: LevelTile, part: ArrayBuffer): Promise<LevelTile[]> {
    const next = tile.level + 1;
    const { touched } = partShape(this.#reductions[next]!, cellWindow(this.#grids[tile.level], tile));
    if (touched.width === 0) return [];
    const users = [...cellsOf(cellsTouching(this.#grids[next], touched))].map((cell) => ({ level: next, ...cell }));
    this.#parts.set(keyOf(tile), { kept: await this.#spill.keep(part), uses: users.length });
    return users.filter((user) => {
      const key = keyOf(user);
      const { cols, rows } = this.#sources(user);
      const missing = (this.#missing.get(key) ?? cols * rows) - 1;
      if (missing > 0) this.#missing.set(key, missing);
      else this.#missing.delete(key);
      return missing === 0;
    });
  }

  /** The tiles of the level before that a tile is made of. */
  #sources(tile: LevelTile): CellRange {
    return cellsTouching(this.#grids[tile.level - 1], sourceWindow(this.#reductions[tile.level]!, cellWindow(this.#grids[tile.level], tile)));
  }
}

const keyOf = ({ level, col, row }: LevelTile): string => `${level}/${col}/${row}`;
