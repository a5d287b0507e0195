import { isRemote, locationName } from '../io/location.js';
import type { Plan } from '../pipeline/plan.js';
import { windowGrid } from '../pipeline/region.js';
import type { QueueMode } from '../pipeline/conveyor.js';
import type { RunTotals } from '../pipeline/run-tally.js';
import type { Verified } from '../pipeline/verification.js';
import type { PoolKind } from '../pools/stage.js';
import { DTYPES } from '../raster/dtype.js';
import { cellCount } from '../raster/grid.js';
import type { Profile } from '../raster/profile.js';

/** What a run did, as plain JSON: `--json` and `--report-file`. Its names are fixed: scripts lean on them. */
export interface Report {
  readonly operation: string;
  readonly input: FileReport;
  readonly output: FileReport;
  readonly windows: number;
  readonly tasks: number;
  /** Of them, those that runs before had done: with `--resume`. */
  readonly resumedTasks: number;
  readonly workers: number;
  readonly pool: PoolKind;
  readonly queue: {
    readonly mode: QueueMode;
    readonly size: number;
    readonly inputHighWater: number;
    readonly outputHighWater: number;
  };
  /** Seconds of a stage are summed over its workers; `wall` counts from the start of the process or the call. */
  readonly seconds: RunTotals['seconds'];
  /** Bytes read from and written to files, and of the input's pixels uncompressed. */
  readonly bytes: { readonly read: number; readonly written: number; readonly raw: number };
  readonly maxRssBytes: { readonly self: number; readonly tree: number };
  /** The tiles and bytes that were read back and found right, and the seconds that took: with `--verify`; null: nothing was. */
  readonly verified: Verified | null;
  /** The most memory that the run may take, what it was planned to take, and what it took. */
  readonly memory: { readonly limitBytes: number; readonly plannedBytes: number; readonly peakBytes: number };
  readonly bottleneck: Stage;
}

export type Stage = 'reader' | 'workers' | 'writer';

export interface FileReport {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly dtype: string;
  readonly bytes: number;
}

export interface RunFacts {
  readonly workers: number;
  readonly pool: PoolKind;
  readonly queue: { readonly mode: QueueMode; readonly size: number };
  readonly memory: { readonly limitBytes: number; readonly plannedBytes: number };
  /** Seconds that went by before the run began. */
  readonly secondsBefore: number;
}

/** Puts a report together from the plan and what the run did. */
export function makeReport(plan: Plan, facts: RunFacts, totals: RunTotals): Report {
  const { seconds } = totals;
  const self = process.resourceUsage().maxRSS * 1024;
  const { input, output } = plan;
  return {
    operation: plan.steps.map(({ operation }) => operation).join(' '),
    input: fileReport(input.path, input.profile, input.bytes),
    output: fileReport(output.path, output.profile, totals.bytes.written),
    windows: cellCount(windowGrid(plan)),
    tasks: plan.tasks.count,
    resumedTasks: totals.resumedTasks,
    workers: facts.workers,
    pool: facts.pool,
    queue: { ...facts.queue, ...totals.queue },
    seconds: { ...seconds, startup: facts.secondsBefore + seconds.startup, wall: facts.secondsBefore + seconds.wall },
    bytes: { ...totals.bytes, raw: rawBytes(input.profile) },
    maxRssBytes: { self, tree: self + totals.childrenMaxRssBytes },
    verified: totals.verified ?? null,
    memory: { ...facts.memory, peakBytes: self + totals.childrenMaxRssBytes },
    bottleneck: bottleneckOf(seconds, facts.workers),
  };
}

function fileReport(path: string, { width, height, bands, dtype }: Profile, bytes: number): FileReport {
  return { path: isRemote(path) ? locationName(path) : path, width, height, bands, dtype, bytes };
}

function rawBytes({ width, height, bands, dtype }: Profile): number {
  return width * height * bands * DTYPES[dtype].bytes;
}

/** The stage that waited for the smallest share of its time. */
export function bottleneckOf(seconds: RunTotals['seconds'], workers: number): Stage {
  const { waiting, read, decode, operation, encode, write } = seconds;
  const share = (waited: number, busy: number): number => (waited + busy > 0 ? waited / (waited + busy) : 1);
  const shares: readonly [Stage, number][] = [
    ['workers', share(waiting.workers / workers, (decode + operation + encode) / workers)],
    ['reader', share(waiting.reader, read)],
    ['writer', share(waiting.writer, write)],
  ];
  return shares.reduce((least, next) => (next[1] < least[1] ? next : least))[0];
}
