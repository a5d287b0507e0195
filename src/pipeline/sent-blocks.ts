import { cellsTouching, type Grid, gridColumns } from '../raster/grid.js';
import type { Window } from '../raster/window.js';
import { blockGrid, planeCount } from '../tiff/block-layout.js';
import type { Plan } from './plan.js';
import { sharesBlocks } from './shared-memory.js';

/** Of a block that was not sent yet. */
const NEVER = -1;

/**
 * Which of a task's blocks need not be sent: the workers have them decoded, of tasks before. Tasks that may be under way still
 * do not count. That is likely, not sure: a worker that has no longer what was left out says so. In the main thread.
 */
export class SentBlocks {
  readonly #grid: Grid;
  readonly #planes: number;
  readonly #underWay: number;
  /** By row of blocks, and column: the task it was sent with first. */
  readonly #firsts = new Map<number, Int32Array>();

  /** @param underWay tasks that workers are given at a time, all of them */
  constructor({ input }: Plan, underWay: number) {
    this.#grid = blockGrid(input.stored, input.layout);
    this.#planes = planeCount(input.layout, input.stored.bands);
    this.#underWay = underWay;
  }

  /** Where the workers keep what they decode for each other; undefined where they do not. */
  static of(plan: Plan, underWay: number): SentBlocks | undefined {
    return sharesBlocks(plan) ? new SentBlocks(plan, underWay) : undefined;
  }

  /**
   * Of the blocks of a task's window, numbered as `blocksOf` orders them, those to leave out; the others count as sent. Tasks
   * come in their order, from 0.
   */
  leaveOut(task: number, window: Window): number[] {
    const range = cellsTouching(this.#grid, window);
    // Tasks go down the raster.
    for (const row of this.#firsts.keys()) if (row < range.row) this.#firsts.delete(row);
    const known: number[] = [];
    for (let row = 0; row < range.rows; row++) {
      const firsts = this.#firstsOf(range.row + row);
      for (let col = 0; col < range.cols; col++) {
        const first = firsts[range.col + col];
        if (first === NEVER) firsts[range.col + col] = task;
        else if (first <= task - this.#underWay) known.push(row * range.cols + col);
      }
    }
    const planeBlocks = range.rows * range.cols;
    return Array.from({ length: this.#planes }, (_, plane) => known.map((number) => plane * planeBlocks + number)).flat();
  }

  #firstsOf(row: number): Int32Array {
    const firsts = this.#firsts.get(row) ?? new Int32Array(gridColumns(this.#grid)).fill(NEVER);
    this.#firsts.set(row, firsts);
    return firsts;
  }
}
