import { STAGES, type Stage, type StageCosts } from './stages.js';

/** The seconds of a core that a byte of pixels takes, all stages together. */
export const costOf = (costs: StageCosts, stages: readonly Stage[] = STAGES): number => stages.reduce((sum, stage) => sum + costs[stage], 0);

/** The least seconds that so many bytes of pixels take on so many cores. */
export const boundSeconds = (costs: StageCosts, rawBytes: number, cores: number): number => (rawBytes * costOf(costs)) / cores;

/** Threads of which a run has one only, and what each of them does with a byte of pixels. */
const SINGLES = {
  reader: (costs: StageCosts) => costs.read + costs['hand-over'] / 6,
  writer: (costs: StageCosts) => costs.write + costs['hand-over'] / 6,
  // Of each of the three ways there and back one half is the main thread's.
  'main thread': (costs: StageCosts) => costs['hand-over'] / 2,
} as const;

/** For each thread of which there is only one, the number of cores from which on it is busy all the time. */
export function limitingCores(costs: StageCosts): Record<keyof typeof SINGLES, number> {
  const limit = (own: (costs: StageCosts) => number): number => costOf(costs) / own(costs);
  return { reader: limit(SINGLES.reader), writer: limit(SINGLES.writer), 'main thread': limit(SINGLES['main thread']) };
}
