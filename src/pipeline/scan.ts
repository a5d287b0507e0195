import type { Access } from '../io/access.js';
import { startStage } from '../pools/start.js';
import type { PoolKind, Stage } from '../pools/stage.js';
import { DTYPES } from '../raster/dtype.js';
import { type Grid, rangeWindow } from '../raster/grid.js';
import type { Window } from '../raster/window.js';
import { SpareBuffers } from './buffers.js';
import { ComingWindows } from './coming-windows.js';
import { convey } from './conveyor.js';
import type { PlanImage, PlanInput } from './plan.js';
import type { LoadedTask, ReaderSetup, ReadRequest } from './reader.js';
import { imagesOf } from './region-reader.js';
import { StopSignal } from './stop-signal.js';
import { chooseTasks, taskCells, type TaskRule } from './task.js';

/** How to look at rasters. Nothing in it changes what is found. */
export interface ScanOptions {
  readonly workers: number;
  readonly pool: PoolKind;
  readonly signal?: AbortSignal;
  /** How remote files are reached, and what is known of them; the standard way by default. */
  readonly access?: Access | undefined;
}

/** What a worker of a scan gives back for a task. */
export interface ScannedTask {
  readonly task: number;
  /** The buffer the blocks came in, for the next task. */
  readonly input: ArrayBuffer;
}

/** Where the tasks of a scan lie: on a grid of fixed cells, whatever the blocks of the input are. */
export interface ScanTasks {
  readonly tiles: Grid;
  readonly tasks: TaskRule;
}

const CELL_EDGE = 256;
const QUEUE_SIZE = 2;
/** Tasks that a worker is given at a time: while it works on one, the next is on its way. */
const TASKS_A_WORKER = 2;

/**
 * A reader and a pool of workers that look at rasters of one size and write nothing. Made, used and ended by the main
 * thread; a pass gives the tasks' results in their order, which is that of the cells row by row.
 */
export class Scan {
  readonly tasks: ScanTasks;
  readonly #images: readonly PlanImage[];
  readonly #reader: Stage;
  readonly #workers: readonly Stage[];
  readonly #stop: StopSignal;
  readonly #spares = new SpareBuffers();

  private constructor(inputs: readonly PlanInput[], module: string, { workers, pool, signal }: ScanOptions) {
    const [{ profile, layout }] = inputs;
    const tiles: Grid = { image: profile, cell: { width: CELL_EDGE, height: CELL_EDGE } };
    const tasks = chooseTasks(tiles, layout.block, inputs.length * profile.bands * DTYPES[profile.dtype].bytes);
    this.tasks = { tiles, tasks };
    this.#images = inputs.flatMap(imagesOf);
    this.#reader = startStage(pool === 'inline' ? 'inline' : 'threads', 'reader', new URL('./reader.js', import.meta.url).href);
    this.#workers = Array.from({ length: Math.min(workers, tasks.count) }, (_, i) => startStage(pool, `worker ${i + 1}`, module));
    this.#stop = new StopSignal(signal);
  }

  /**
   * Starts the stages.
   * @param inputs rasters of one size
   * @param module the URL of the workers' module
   * @param setup what they are opened with, plain JSON
   */
  static async open(
    inputs: readonly PlanInput[],
    { module, setup }: { readonly module: string; readonly setup: (tasks: ScanTasks) => unknown },
    options: ScanOptions,
  ): Promise<Scan> {
    const scan = new Scan(inputs, module, options);
    try {
      await scan.#stop.race(
        Promise.all([
          scan.#reader.open({ images: scan.#images, access: options.access } satisfies ReaderSetup),
          ...scan.#workers.map((worker) => worker.open(setup(scan.tasks))),
        ]),
      );
    } catch (error) {
      await scan.end();
      throw error;
    }
    return scan;
  }

  /** Has every task worked on once, by workers that give back what `consume` takes. @throws RastqError by cause; the signal's reason */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the workers' module decides on the type
  async pass<Scanned extends ScannedTask>(consume: (scanned: Scanned) => void): Promise<void> {
    const lane = (worker: Stage) => async (loaded: LoadedTask) => (await worker.call(loaded, [loaded.buffer])) as Scanned;
    const { tiles, tasks } = this.tasks;
    const windowOf = (task: number): Window => rangeWindow(tiles, taskCells(tiles, tasks, task));
    const coming = new ComingWindows(this.#images, tasks.count, windowOf);
    await convey<LoadedTask, Scanned>(
      {
        count: tasks.count,
        read: async (task) => {
          const spare = this.#spares.take();
          const request: ReadRequest = { task, window: windowOf(task), coming: coming.next(task), spare };
          return (await this.#reader.call(request, spare && [spare])) as LoadedTask;
        },
        lanes: this.#workers.flatMap((worker) => Array.from({ length: TASKS_A_WORKER }, () => lane(worker))),
        consume: async (scanned) => {
          this.#spares.give(scanned.input);
          consume(scanned);
        },
      },
      { mode: 'bounded', size: QUEUE_SIZE },
      this.#stop.promise,
    );
  }

  /** Has every worker answer a question between two passes. */
  async ask(question: unknown): Promise<unknown[]> {
    return this.#stop.race(Promise.all(this.#workers.map((worker) => worker.call(question))));
  }

  /** Ends the stages at once. */
  async end(): Promise<void> {
    this.#stop.forget();
    await Promise.all([this.#reader, ...this.#workers].map((stage) => stage.terminate()));
  }
}
