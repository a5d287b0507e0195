import { bandsOf, type Pixels } from '../raster/block.js';
import { cellsOf, cellsTouching, cellWindow, type Grid } from '../raster/grid.js';
import { emptyMask, type Mask, maskOf, packMask } from '../raster/mask.js';
import { PartMerger } from '../raster/merge-parts.js';
import { partBytes, partShape, type Reduction, sourceWindow } from '../raster/overview-part.js';
import { reduceTile } from '../raster/reduce.js';
import type { Window } from '../raster/window.js';
import type { TileEncoder } from '../tiff/tile-encoder.js';
import { levelSizes, maskingAlpha, reductionTo, type TiffOutput, tileGrid } from '../tiff/tile-layout.js';
import { ensureRoom, SpareBuffers } from './buffers.js';
import type { Timed } from './chain.js';

/** Asks for one tile of an overview. */
export interface OverviewRequest {
  readonly type: 'overview';
  readonly level: number;
  readonly col: number;
  readonly row: number;
  /** Of all tiles of the level before that it is made of, row by row. */
  readonly parts: readonly {
    readonly buffer: ArrayBuffer;
    /** Whether no one else needs it, so that its memory may be used again. */
    readonly isLast: boolean;
  }[];
  /** A buffer for the result, if it is large enough. */
  readonly spare: ArrayBuffer | undefined;
}

/** An encoded tile of an overview. */
export interface MadeOverview {
  readonly buffer: ArrayBuffer;
  readonly length: number;
  readonly byteCounts: Uint32Array;
  /** Where the run takes checksums: what the encoder says of them. */
  readonly checksums: Uint32Array | undefined;
  /** What the next level is made of. */
  readonly part: ArrayBuffer | undefined;
}

/** The most buffers that wait for a next part. */
const MOST_SPARES = 8;

/** Makes overviews, each level of the one before, and what they are made of. Lives in one worker. */
export class OverviewMaker {
  readonly #output: TiffOutput;
  readonly #encoder: TileEncoder;
  readonly #timed: Timed;
  readonly #takesChecksums: boolean;
  readonly #grids: readonly Grid[];
  /** How each level is made, from 1 on. */
  readonly #reductions: readonly (Reduction | undefined)[];
  readonly #mergers: readonly (PartMerger | undefined)[];
  readonly #alpha: number | null;
  readonly #spares = new SpareBuffers();
  #spareCount = 0;
  #valid: Uint8Array = new Uint8Array(0);

  constructor(output: TiffOutput, { encoder, timed, takesChecksums }: { readonly encoder: TileEncoder; readonly timed: Timed; readonly takesChecksums: boolean }) {
    this.#output = output;
    this.#encoder = encoder;
    this.#timed = timed;
    this.#takesChecksums = takesChecksums;
    this.#grids = levelSizes(output).map((size) => tileGrid(size, output.layout));
    this.#reductions = this.#grids.map((_, level) => (level === 0 ? undefined : reductionTo(output, level)));
    this.#mergers = this.#reductions.map((reduction) => reduction && new PartMerger(reduction));
    this.#alpha = maskingAlpha(output.profile);
  }

  /**
   * What a tile gives to the next level.
   * @param tile its window in its level
   * @param valid of its pixels, where the output has a mask
   * @returns undefined where there is no next level
   */
  part(level: number, tile: Window, pixels: Pixels, valid: Mask | null): ArrayBuffer | undefined {
    const reduction = this.#reductions[level + 1];
    if (reduction === undefined) return undefined;
    const shape = partShape(reduction, tile);
    const bytes = partBytes(reduction, shape);
    const buffer = ensureRoom(this.#takeSpare(), bytes);
    const mask = valid ?? (this.#alpha === null ? null : maskOf(bandsOf(pixels, this.#alpha, 1), 0));
    this.#timed('operation', () => reduceTile(reduction, shape, tile, pixels, mask, buffer));
    return buffer;
  }

  /** Makes a tile of an overview. */
  make({ level, col, row, parts, spare }: OverviewRequest): MadeOverview {
    const reduction = this.#reductions[level]!;
    const { profile, layout } = this.#output;
    const before = this.#grids[level - 1];
    const tile = cellWindow(this.#grids[level], { col, row });
    const buffer = ensureRoom(spare, this.#encoder.boundOf(1));
    this.#encoder.start(new Uint8Array(buffer));
    const { pixels, mask } = this.#encoder.begin(tile);
    const valid = profile.mask ? emptyMask(this.#valid, tile) : null;
    if (valid !== null) this.#valid = valid.data as Uint8Array;
    const sources = [...cellsOf(cellsTouching(before, sourceWindow(reduction, tile)))];
    this.#timed('operation', () => {
      const shaped = sources.map((source, i) => ({ shape: partShape(reduction, cellWindow(before, source)), buffer: parts[i].buffer }));
      this.#mergers[level]!.merge(tile, shaped, pixels, valid);
      if (valid !== null) packMask(valid, mask, layout.tile.width / 8);
    });
    for (const { buffer: used, isLast } of parts) if (isLast) this.#giveSpare(used);
    const part = this.part(level, tile, pixels, valid);
    const byteCounts = new Uint32Array(this.#encoder.countsPerCell);
    const checksums = this.#takesChecksums ? new Uint32Array(byteCounts.length) : undefined;
    this.#timed('encode', () => this.#encoder.end(byteCounts, 0, checksums));
    return { buffer, length: this.#encoder.length, byteCounts, checksums, part };
  }

  #takeSpare(): ArrayBuffer | undefined {
    const spare = this.#spares.take();
    if (spare !== undefined) this.#spareCount--;
    return spare;
  }

  #giveSpare(buffer: ArrayBuffer): void {
    if (this.#spareCount >= MOST_SPARES) return;
    this.#spareCount++;
    this.#spares.give(buffer);
  }
}
