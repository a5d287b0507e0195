import type { Access } from '../io/access.js';
import { type Endurance, Pool, STANDARD_ENDURANCE } from '../pools/pool.js';
import type { Message } from '../pools/seat.js';
import { startStage } from '../pools/start.js';
import type { PoolKind, Stage } from '../pools/stage.js';
import { DTYPES } from '../raster/dtype.js';
import { type Grid, rangeWindow } from '../raster/grid.js';
import { describeWindow, type Window } from '../raster/window.js';
import { SpareBuffers } from './buffers.js';
import { ComingWindows } from './coming-windows.js';
import { convey } from './conveyor.js';
import { KeptWork, type PassQuestions } from './kept-work.js';
import type { PlanImage, PlanInput } from './plan.js';
import { contentOf } from './loaded-blocks.js';
import type { LoadedTask, ReaderSetup, ReadRequest } from './reader.js';
import { imagesOf, unitOf } from './region-reader.js';
import { besidePool, STAGE_MODULES } from './stage-modules.js';
import { StopSignal } from './stop-signal.js';
import { chooseTasks, taskCells, type TaskRule } from './task.js';

/** How to look at rasters. Nothing in it changes what is found. */
export interface ScanOptions {
  readonly workers: number;
  readonly pool: PoolKind;
  readonly signal?: AbortSignal;
  /** How often a task whose worker died is done again, and how long one may take; 2 times and 600 s by default. */
  readonly endurance?: Endurance | undefined;
  /** How remote files are reached, and what is known of them; the standard way by default. */
  readonly access?: Access | undefined;
}

/** What a worker of a scan gives back for a task. */
export interface ScannedTask {
  readonly task: number;
  /** The buffer the blocks came in, for the next task. */
  readonly input: ArrayBuffer;
}

/** A task on its way, by its place among those that are conveyed. */
interface Conveyed {
  readonly task: number;
  readonly loaded: LoadedTask;
}

/** Where the tasks of a scan lie: on a grid of fixed cells, whatever the blocks of the input are. */
export interface ScanTasks {
  readonly tiles: Grid;
  readonly tasks: TaskRule;
}

export interface ScanWorkers {
  /** The URL of their module. */
  readonly module: string;
  /** What they are opened with, plain JSON. */
  readonly setup: (tasks: ScanTasks) => unknown;
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
  readonly #pool: Pool;
  readonly #stop: StopSignal;
  readonly #spares = new SpareBuffers();
  readonly #kept: KeptWork;

  private constructor(inputs: readonly PlanInput[], { module, setup }: ScanWorkers, options: ScanOptions) {
    const { workers, pool, signal, endurance = STANDARD_ENDURANCE } = options;
    const [{ profile }] = inputs;
    const tiles: Grid = { image: profile, cell: { width: CELL_EDGE, height: CELL_EDGE } };
    const tasks = chooseTasks(tiles, unitOf(...inputs), inputs.length * profile.bands * DTYPES[profile.dtype].bytes);
    this.tasks = { tiles, tasks };
    this.#images = inputs.flatMap(imagesOf);
    this.#reader = startStage(besidePool(pool), 'reader', STAGE_MODULES.reader);
    this.#kept = new KeptWork(workers, endurance.retries);
    this.#pool = new Pool({
      kind: pool,
      workers: Math.min(workers, tasks.count),
      module,
      setup: () => setup(this.tasks),
      endurance,
      onOpen: (stage) => this.#kept.welcome(stage),
      onDeath: (worker) => this.#kept.lose(worker),
    });
    this.#stop = new StopSignal(signal);
  }

  /**
   * Starts the stages.
   * @param inputs rasters of one size
   */
  static async open(inputs: readonly PlanInput[], workers: ScanWorkers, options: ScanOptions): Promise<Scan> {
    const scan = new Scan(inputs, workers, options);
    try {
      await scan.#stop.race(
        Promise.all([
          scan.#reader.open({ images: scan.#images, access: options.access } satisfies ReaderSetup),
          scan.#pool.open(),
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
    await this.#convey(undefined, (scanned) => consume(scanned as Scanned));
  }

  /** A pass in which workers keep something of each task. @returns what each worker tells at the end */
  keepingPass(questions: PassQuestions, consume: (scanned: ScannedTask) => void): Promise<unknown[]> {
    const ask = (question: unknown): Promise<unknown[]> => this.#stop.race(this.#pool.ask(question));
    const go = (again: readonly number[] | undefined): Promise<void> => this.#convey(again, again === undefined ? consume : () => undefined);
    return this.#kept.pass(questions, { ask, go });
  }

  /** @param again the tasks to do, which were done before; undefined: all */
  async #convey(again: readonly number[] | undefined, consume: (scanned: ScannedTask) => void): Promise<void> {
    const { tiles, tasks } = this.tasks;
    const windowOf = (task: number): Window => rangeWindow(tiles, taskCells(tiles, tasks, task));
    const coming = new ComingWindows(this.#images, tasks.count, windowOf);
    const read = async (task: number, isAgain: boolean): Promise<LoadedTask> => {
      const spare = this.#spares.take();
      const request: ReadRequest = { task, window: windowOf(task), coming: isAgain ? null : coming.next(task), spare };
      return (await this.#reader.call(request, spare && [spare])) as LoadedTask;
    };
    const work = async (worker: number, { task: number, loaded }: Conveyed): Promise<{ task: number; scanned: ScannedTask }> => {
      const { task } = loaded;
      const message = async (tries: number): Promise<Message> => {
        const input = tries > 0 && this.#pool.transfers ? await read(task, true) : loaded;
        return { item: input, transfer: [contentOf(input)] };
      };
      const name = (): string => `task ${task} (${describeWindow(windowOf(task))})`;
      const scanned = (await this.#pool.call(worker, { name, message })) as ScannedTask;
      this.#kept.keep(worker, task);
      return { task: number, scanned };
    };
    await convey<Conveyed, { task: number; scanned: ScannedTask }>(
      {
        count: again?.length ?? tasks.count,
        read: async (task) => ({ task, loaded: await read(again?.[task] ?? task, again !== undefined) }),
        lanes: this.#pool.lanes(TASKS_A_WORKER, work),
        consume: async ({ scanned }) => {
          this.#spares.give(scanned.input);
          consume(scanned);
        },
      },
      { mode: 'bounded', size: QUEUE_SIZE },
      this.#stop.promise,
    );
  }

  /** Ends the stages at once. */
  async end(): Promise<void> {
    this.#stop.forget();
    await Promise.all([this.#reader.terminate(), this.#pool.terminate()]);
  }
}
