import { type CellRange, cellsTouching } from '../raster/grid.js';
import type { Window } from '../raster/window.js';
import type { BlockAt } from '../tiff/block-index.js';
import { blockGrid } from '../tiff/block-layout.js';
import type { PlanImage } from './plan.js';
import type { LoadedTask } from './reader.js';
import { fetchedWindow } from './strip-columns.js';

/** A block was left out of a task that no worker has any more: the task has to be read as a whole. */
export class LeftOutError extends Error {
  override readonly name = 'LeftOutError';
}

/** The blocks of one image among those of a task. */
export class EncodedBlocks {
  /** The pixels that they hold. */
  readonly window: Window;
  /** The window that they were fetched for. */
  readonly footprint: Window;
  readonly task: LoadedTask;
  readonly #range: CellRange;
  readonly #first: number;

  /** @param first the number of the first of them in the task */
  constructor(image: PlanImage, footprint: Window, task: LoadedTask, first: number) {
    this.footprint = footprint;
    this.task = task;
    this.window = fetchedWindow(image, footprint);
    this.#range = cellsTouching(blockGrid(image.profile, image.layout), footprint);
    this.#first = first;
  }

  /** The encoded bytes of a block; of length 0 where the block is not stored. */
  of(at: BlockAt): Uint8Array {
    const { buffer, starts, lengths } = this.task;
    const number = this.#numberOf(at);
    return new Uint8Array(buffer, starts[number], lengths[number]);
  }

  /** Whether a worker had the block decoded when the task was read, so that its bytes did not come. */
  isLeftOut(at: BlockAt): boolean {
    return this.task.leftOut.includes(this.#numberOf(at));
  }

  /** The bytes of strips where all are stored, one right behind the other; else null. */
  run(first: BlockAt, rows: number): Uint8Array | null {
    const { buffer, starts, lengths } = this.task;
    const number = this.#numberOf(first);
    let end = starts[number];
    for (let i = number; i < number + rows; i++) {
      if (lengths[i] === 0 || starts[i] !== end) return null;
      end += lengths[i];
    }
    return new Uint8Array(buffer, starts[number], end - starts[number]);
  }

  /** As `blocksOf` orders them. */
  #numberOf({ plane, col, row }: BlockAt): number {
    const { col: firstCol, row: firstRow, cols, rows } = this.#range;
    return this.#first + (plane * rows + row - firstRow) * cols + col - firstCol;
  }
}
