import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isRemote } from '../io/location.js';
import { SMALL_BYTES } from '../pipeline/queue-size.js';
import { startAhead } from '../pipeline/stage-modules.js';
import type { StagePool } from '../pools/stage-pool.js';
import type { RunFlags } from './options.js';

/** Where a run's pixels come from and go to, as the user gave it. */
export interface RunEnds {
  readonly inputs: readonly string[];
  readonly output: string;
}

/**
 * Starts a run's threads or processes while it is still being found out what there is to do, if the input looks like work for
 * them: to start takes them as long as the main thread takes to read the head and to plan.
 */
export function startEarly(stages: StagePool, { inputs, output }: RunEnds, { pool = 'threads', workers, dryRun }: RunFlags): void {
  if (dryRun || pool === 'inline' || !inputs.some(looksLarge)) return;
  startAhead(stages, { pool, workers: Math.min(workers, availableParallelism()), input: inputs[0], output });
}

/** Small rasters are done without threads. How large one is that has to be fetched takes longer to find out than threads to start. */
function looksLarge(input: string): boolean {
  if (isRemote(input)) return true;
  try {
    return (statSync(input, { throwIfNoEntry: false })?.size ?? 0) > SMALL_BYTES;
  } catch {
    // Why it cannot be looked at is said where it is opened.
    return false;
  }
}
