import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import type { Contender } from './contender.js';
import { type Measurement, measure } from './measure.js';

/** What was measured of a contender. */
export interface Series {
  readonly contender: Contender;
  /** The runs that count, in their order. */
  readonly runs: readonly Measurement[];
  /** Peak memory in the turn that does not count, where sampling it cannot slow a run that does. */
  readonly peakBytes: number;
  readonly outputBytes: number;
}

/**
 * Measures contenders by turns, A B C A B C, so that what else the machine does falls on all of them alike. A first
 * turn, in which files come into the page cache and memory is sampled, does not count.
 * @param output where each of them writes; what is there is removed before and after each run
 */
export async function measureByTurns(
  contenders: readonly Contender[],
  turns: number,
  output: string,
  signal: AbortSignal,
): Promise<Series[]> {
  const series = contenders.map((contender) => ({ contender, runs: [] as Measurement[], peakBytes: 0, outputBytes: 0 }));
  for (let turn = 0; turn <= turns; turn++) {
    for (const one of series) {
      rmSync(output, { force: true });
      // What was written before this run is on the disk, or gone, when it starts.
      spawnSync('sync');
      const run = await measure(one.contender.command(output), turn === 0, signal);
      one.outputBytes = statSync(output).size;
      rmSync(output);
      if (turn === 0) one.peakBytes = run.peakBytes;
      else one.runs.push(run);
      const which = turn === 0 ? 'warm-up' : `turn ${turn}/${turns}`;
      process.stderr.write(`  ${which.padEnd(10)} ${run.wallSeconds.toFixed(2).padStart(8)} s  ${one.contender.label}\n`);
    }
  }
  return series;
}

/** The median time of the runs that count. */
export function medianWall({ runs }: Series): number {
  return median(runs.map(({ wallSeconds }) => wallSeconds));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
