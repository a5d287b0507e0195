import type { Access } from '../io/access.js';
import { WorkerError } from '../errors.js';
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
  readonly #endurance: Endurance;
  readonly #spares = new SpareBuffers();
  /** What workers are asked before the tasks of a pass. */
  #question: unknown;
  /** By worker: the tasks of a pass that are part of what it keeps. */
  #kept: number[][];
  /** Tasks that were kept by a worker that died. */
  #lost: number[] = [];

  private constructor(inputs: readonly PlanInput[], { module, setup }: ScanWorkers, options: ScanOptions) {
    const { workers, pool, signal, endurance = STANDARD_ENDURANCE } = options;
    const [{ profile, layout }] = inputs;
    const tiles: Grid = { image: profile, cell: { width: CELL_EDGE, height: CELL_EDGE } };
    const tasks = chooseTasks(tiles, layout.block, inputs.length * profile.bands * DTYPES[profile.dtype].bytes);
    this.tasks = { tiles, tasks };
    this.#images = inputs.flatMap(imagesOf);
    this.#reader = startStage(pool === 'inline' ? 'inline' : 'threads', 'reader', new URL('./reader.js', import.meta.url).href);
    this.#kept = Array.from({ length: workers }, () => []);
    this.#endurance = endurance;
    this.#pool = new Pool({
      kind: pool,
      workers: Math.min(workers, tasks.count),
      module,
      setup: () => setup(this.tasks),
      endurance,
      onOpen: async (stage) => {
        if (this.#question !== undefined) await stage.call(this.#question);
      },
      onDeath: (worker) => this.#lost.push(...this.#kept[worker].splice(0)),
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

  /**
   * A pass in which workers keep something of each task, and tell it at the end. What a worker kept that died is made once
   * more, from the same tasks.
   * @param begin asked of each worker before its first task
   * @param end asked of each worker at the end
   * @returns what each worker tells
   */
  async keepingPass(begin: unknown, end: unknown, consume: (scanned: ScannedTask) => void): Promise<unknown[]> {
    this.#lost = [];
    this.#question = begin;
    await this.#stop.race(this.#pool.ask(begin));
    await this.#convey(undefined, consume);
    for (let rounds = 0; ; rounds++) {
      const answers = await this.#stop.race(this.#pool.ask(end));
      if (this.#lost.length === 0) {
        for (const tasks of this.#kept) tasks.length = 0;
        return answers;
      }
      if (rounds > this.#endurance.retries) throw new WorkerError(`workers died with what they had found, ${rounds + 1} times; --retries sets how often it is tried again`);
      await this.#convey(this.#lost.splice(0), () => undefined);
    }
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
        return { item: input, transfer: [input.buffer] };
      };
      const name = (): string => `task ${task} (${describeWindow(windowOf(task))})`;
      const scanned = (await this.#pool.call(worker, { name, message })) as ScannedTask;
      if (this.#question !== undefined) this.#kept[worker].push(task);
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
