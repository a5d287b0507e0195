import type { Kernel, Percentiles } from '../ops/operation.js';
import { measuringTasks, mergedTable, rasterTable, type StatisticsTable, wholeTable } from './pass.js';
import { areaOf, type Pass, type Passes } from './passes.js';
import type { Plan } from './plan.js';
import { rasterPercentiles } from './raster-percentiles.js';
import { measuresWholeWindows, stepGrid } from './region.js';
import type { RunStages } from './run-stages.js';
import { countingBy } from './statistics-pass.js';
import { seenBy } from './step.js';
import { inputOf } from './step-runner.js';
import type { StopSignal } from './stop-signal.js';
import type { SurveyRequest, WorkedTask } from './worker.js';

/** What passes over the raster are run with. */
export interface PassMeans {
  readonly stages: RunStages;
  readonly passes: Passes;
  readonly stop: StopSignal;
}

/**
 * Measures what the steps of a plan have to know beforehand, a step after the other, each in passes of its own.
 * @returns by step, the statistics of all windows of its input; undefined where a task measures for itself
 */
export async function measureSteps(plan: Plan, kernels: readonly Kernel[], means: PassMeans): Promise<(StatisticsTable | undefined)[]> {
  const tables: (StatisticsTable | undefined)[] = [];
  for (const [i, { statistics, footprint }] of plan.steps.entries()) {
    const isMeasured = statistics === 'pass' && footprint.measures !== 'nothing';
    tables.push(isMeasured ? await measureStep(plan, { index: i, kernel: kernels[i], tables: [...tables] }, means) : undefined);
  }
  return tables;
}

interface StepToMeasure {
  readonly index: number;
  readonly kernel: Kernel;
  /** Of the steps before. */
  readonly tables: readonly (StatisticsTable | undefined)[];
}

async function measureStep(plan: Plan, { index, kernel, tables }: StepToMeasure, means: PassMeans): Promise<StatisticsTable> {
  const step = plan.steps[index];
  const { measures, percentiles } = step.footprint;
  const tasks = measuringTasks(plan, step);
  if (measures === 'raster' && percentiles !== undefined) {
    const pass: Pass = { kind: { measures: index, counts: true }, steps: index, tasks, tables };
    return rasterTable(await findPercentiles(plan, { pass, index, percentiles }, means));
  }
  const pass: Pass = { kind: { measures: index }, steps: index, tasks, tables };
  const grid = stepGrid(plan, step);
  const table = measuresWholeWindows(step) ? wholeTable(grid) : mergedTable(grid, kernel.measure!);
  await means.passes.run(pass, async (worked) => table.take(areaOf(tasks, worked.task), worked.measured!));
  return table;
}

interface PercentilesToFind {
  readonly pass: Pass;
  /** The number of the step. */
  readonly index: number;
  readonly percentiles: Percentiles;
}

/** Percentiles of a step's whole input, from as many passes as it takes. */
function findPercentiles(plan: Plan, { pass, index, percentiles }: PercentilesToFind, { stages, passes, stop }: PassMeans): Promise<Float64Array> {
  const ask = (question: unknown): Promise<unknown[]> => stop.race(stages.ask(question));
  const count = countingBy(
    (questions, consume) => {
      const take = async ({ measured: [moments] = [] }: WorkedTask): Promise<void> => consume(moments);
      // What is done again is done for the workers' sake: its moments were taken.
      const go = (again: readonly number[] | undefined): Promise<void> =>
        again === undefined ? passes.run(pass, take) : passes.run(pass, async () => undefined, { again, from: pass.tasks.rule.count });
      return stages.kept.pass(questions, { ask, go });
    },
    (question) => ({ type: 'survey', question, step: index }) satisfies SurveyRequest,
  );
  return rasterPercentiles(count, seenBy(inputOf(plan, index)), percentiles);
}
