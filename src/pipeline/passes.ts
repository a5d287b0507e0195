import { rangeWindow } from '../raster/grid.js';
import type { Window } from '../raster/window.js';
import { ComingWindows } from './coming-windows.js';
import { convey, type QueueOptions } from './conveyor.js';
import type { UnreadTask } from './own-reader.js';
import type { PassKind, PassTasks, StatisticsTable } from './pass.js';
import type { Plan } from './plan.js';
import type { LoadedTask } from './reader.js';
import { taskRegions } from './region.js';
import { imagesOf } from './region-reader.js';
import type { RunStages } from './run-stages.js';
import type { RunTally } from './run-tally.js';
import type { StopSignal } from './stop-signal.js';
import { taskCells } from './task.js';
import type { Depths } from './timeline.js';
import type { WorkedTask } from './worker.js';

/** One way of tasks through reader and pool. */
export interface Pass {
  readonly kind: PassKind;
  /** How many of the plan's steps are run in it. */
  readonly steps: number;
  readonly tasks: PassTasks;
  /** By step: what passes before have measured. */
  readonly tables: readonly (StatisticsTable | undefined)[];
}

/** Which tasks of a pass are done: some that were done before, and then all from one on. */
export interface Chosen {
  readonly again: readonly number[];
  readonly from: number;
}

const ALL: Chosen = { again: [], from: 0 };

/** A task on its way, by its place among those that are conveyed. */
interface Conveyed {
  readonly task: number;
  readonly loaded: LoadedTask | UnreadTask;
}

/** The pixels that a task of a pass makes, or measures. */
export function areaOf({ cells, rule }: PassTasks, task: number): Window {
  return rangeWindow(cells, taskCells(cells, rule, task));
}

/** Runs passes over a plan's raster, one after another. Lives in the main thread. */
export class Passes {
  readonly #plan: Plan;
  readonly #queue: QueueOptions;
  readonly #stages: RunStages;
  readonly #stop: StopSignal;
  readonly #tally: RunTally;
  #count = 0;

  constructor(plan: Plan, queue: QueueOptions, { stages, stop, tally }: { readonly stages: RunStages; readonly stop: StopSignal; readonly tally: RunTally }) {
    this.#plan = plan;
    this.#queue = queue;
    this.#stages = stages;
    this.#stop = stop;
    this.#tally = tally;
  }

  /**
   * Runs the tasks of a pass through reader and pool and hands the results to `consume` in their order.
   * @throws the first failure, or the stop's reason
   */
  async run(pass: Pass, consume: (worked: WorkedTask) => Promise<void>, { again, from }: Chosen = ALL): Promise<void> {
    const started = this.#tally.elapsed();
    const number = ++this.#count;
    const count = again.length + pass.tasks.rule.count - from;
    const taskAt = (place: number): number => again[place] ?? from + place - again.length;
    const regionsAt = (place: number): Window[] => taskRegions(this.#plan, pass.steps, areaOf(pass.tasks, taskAt(place)));
    const coming = new ComingWindows(imagesOf(this.#plan.input), count, (place) => regionsAt(place)[0]);
    // Tasks that are done again lie anywhere.
    const sent = again.length > 0 ? undefined : this.#stages.sentBlocks();
    const read = async (place: number): Promise<Conveyed> => {
      const window = regionsAt(place)[0];
      const loaded = await this.#stages.read({ task: place, window, coming: coming.next(place), leftOut: sent?.leaveOut(place, window) });
      return { task: place, loaded: { ...loaded, task: taskAt(place) } };
    };
    const lanes = this.#stages.lanes(async (worker, { task: place, loaded }: Conveyed) => {
      const regions = regionsAt(place);
      const statistics = pass.tables.map((table, step) => table?.select(regions[step + 1]));
      const errand = { footprint: regions[0], area: regions.at(-1)!, pass: pass.kind, number, statistics };
      const worked = await this.#stages.work(worker, loaded, errand);
      this.#stages.kept.keep(worker, worked.task);
      return { task: place, worked };
    });
    const { timeline } = this.#tally;
    const watch = timeline && ((depths: () => Depths) => timeline.watch(depths));
    const conveyed = { count, read, lanes, consume: ({ worked }: { readonly worked: WorkedTask }) => consume(worked), watch };
    const highWater = await convey(conveyed, this.#queue, this.#stop.promise);
    this.#tally.passed(this.#tally.elapsed() - started, highWater);
  }
}
