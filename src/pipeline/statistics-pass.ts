import type { StatisticsCounts, StatisticsPass, StatisticsQuestion } from './statistics-worker.js';

/** A pool of workers that can be sent over a raster. */
export interface Surveyors {
  /** Has every worker answer. */
  readonly ask: (question: StatisticsQuestion) => Promise<unknown[]>;
  /** Sends them over the raster once. @param consume takes the moments of each task's cells, in the order of the cells */
  readonly pass: (consume: (moments: Float64Array) => void) => Promise<void>;
}

/** Runs one pass of a measurement and adds up what the workers counted. @param consume as of `Surveyors` */
export type CountPass = (pass: StatisticsPass, consume?: (moments: Float64Array) => void) => Promise<StatisticsCounts>;

export function countingBy({ ask, pass: go }: Surveyors): CountPass {
  return async (pass, consume = () => undefined) => {
    await ask({ type: 'begin', pass });
    await go(consume);
    const [sum, ...others] = (await ask({ type: 'counts' })) as StatisticsCounts[];
    for (const { counts, bins } of others) {
      addTo(sum.counts, counts);
      bins.forEach((own, i) => addTo(sum.bins[i], own));
    }
    return sum;
  };
}

function addTo(sum: Float64Array, other: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += other[i];
}
