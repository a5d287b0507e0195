import type { Access } from '../io/access.js';
import type { Handler } from '../pools/stage.js';
import { bandsOf, copyPixels, createPixels, crop, type Pixels } from '../raster/block.js';
import { cellsOf, cellsTouching, cellWindow, type Grid, rangeWindow } from '../raster/grid.js';
import { cropMask, emptyMask, type Mask, markValid } from '../raster/mask.js';
import { comparableNodata } from '../raster/nodata.js';
import type { Window } from '../raster/window.js';
import { type Patch, PatchReader } from './patch.js';
import { pixelBytesOf } from './plan.js';
import type { RasterInput } from './raster-input.js';
import { loadTask, open as openReader, type ReaderSetup } from './reader.js';
import { imagesOf, unitOf } from './region-reader.js';
import { readsColumns, rowFrom } from './strip-columns.js';
import { chooseTasks, taskCells } from './task.js';

/** A window and its pixels. */
export interface WindowPixels {
  readonly window: Window;
  readonly pixels: Pixels;
}

/** Tasks whose windows a remote source is told of ahead. */
const TOLD_TASKS = 256;

/** Reads windows of a raster in this thread, one after the other. */
export class RasterReader {
  readonly #raster: RasterInput;
  readonly #setup: ReaderSetup;
  readonly #handler: Handler;
  readonly #patches: PatchReader;
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(raster: RasterInput, setup: ReaderSetup, handler: Handler, patches: PatchReader) {
    this.#raster = raster;
    this.#setup = setup;
    this.#handler = handler;
    this.#patches = patches;
  }

  static async open(raster: RasterInput, access: Access): Promise<RasterReader> {
    const setup: ReaderSetup = { images: imagesOf(raster.input), access: { ...access, snapshots: [...access.snapshots, ...raster.snapshots] } };
    const patches = await PatchReader.open(raster.input);
    return new RasterReader(raster, setup, await openReader(setup), patches);
  }

  /** The pixels of a window, in memory of their own, band after band. */
  async read(window: Window): Promise<Pixels> {
    return this.#inTurn(async () => this.#copy(await this.#patch(window), window));
  }

  /** Which pixels of a window are valid in any band: 1, else 0. */
  async readMask(window: Window): Promise<Mask> {
    return this.#inTurn(async () => {
      const { pixels, mask } = await this.#patch(window);
      const { dtype, nodata, alpha, bands } = this.#raster.input.profile;
      const valid = emptyMask(new Uint8Array(0), window);
      markValid(alpha === null ? pixels : bandsOf(pixels, 0, bands - 1), comparableNodata(dtype, nodata), mask, valid);
      return valid;
    });
  }

  /** Every window of a grid and its pixels, row by row. */
  async *windows(grid: Grid): AsyncGenerator<WindowPixels, void, undefined> {
    for await (const patch of this.patches(grid)) yield { window: patch.window, pixels: this.#copy(patch, patch.window) };
  }

  /** Every window of a grid, row by row, each good until the next one; what is read for one is not read again for another. */
  async *patches(grid: Grid): AsyncGenerator<Patch, void, undefined> {
    const { input } = this.#raster;
    const rule = chooseTasks(grid, unitOf(input), pixelBytesOf(input.profile));
    const areaOf = (task: number): Window => rangeWindow(grid, taskCells(grid, rule, task));
    const handler = await openReader(this.#setup);
    const patches = await PatchReader.open(input);
    try {
      let told = 0;
      let spare: ArrayBuffer | undefined;
      for (let task = 0; task < rule.count; task++) {
        const area = areaOf(task);
        const coming: Window[] = [];
        while (told < Math.min(rule.count, task + TOLD_TASKS)) coming.push(areaOf(told++));
        const loaded = await loadTask(handler, { task, window: area, coming, spare });
        spare = loaded.buffer;
        const patch = patches.read(area, area, loaded);
        for (const cell of cellsOf(cellsTouching(grid, area))) {
          const window = cellWindow(grid, cell);
          yield { window, pixels: crop(patch.pixels, area, window), mask: patch.mask && cropMask(patch.mask, area, window) };
        }
      }
    } finally {
      await handler.dispose?.();
    }
  }

  /** Lets go of the file when reads under way are done; there are no others after it. Called again it does nothing. */
  async close(): Promise<void> {
    await (this.#closing ??= this.#inTurn(async () => this.#handler.dispose?.()));
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  async #patch(window: Window): Promise<Patch> {
    const { input } = this.#raster;
    const coming = readsColumns(input) ? rowFrom(window, input) : [window];
    const loaded = await loadTask(this.#handler, { task: 0, window, coming, spare: undefined });
    return this.#patches.read(window, window, loaded);
  }

  #copy(patch: Patch, window: Window): Pixels {
    const { dtype, bands } = this.#raster.input.profile;
    const own = createPixels(dtype, window, bands, 'band');
    copyPixels(crop(patch.pixels, patch.window, window), own);
    return own;
  }

  /** A patch is good until the next one, so reads come one after the other. */
  #inTurn<T>(read: () => Promise<T>): Promise<T> {
    const result = this.#last.then(read);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
