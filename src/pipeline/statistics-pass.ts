import type { Scan } from './scan.js';
import type { MeasuredTask, StatisticsCounts, StatisticsPass, StatisticsQuestion } from './statistics-worker.js';

/**
 * Runs one pass of a measurement and adds up what the workers counted.
 * @param consume takes the moments of each task's cells, in the order of the cells
 */
export async function runPass(
  scan: Scan,
  pass: StatisticsPass,
  consume: (moments: Float64Array) => void = () => undefined,
): Promise<StatisticsCounts> {
  await scan.ask({ type: 'begin', pass } satisfies StatisticsQuestion);
  await scan.pass<MeasuredTask>(({ moments }) => consume(moments));
  const [sum, ...others] = (await scan.ask({ type: 'counts' } satisfies StatisticsQuestion)) as StatisticsCounts[];
  for (const { counts, bins } of others) {
    addTo(sum.counts, counts);
    bins.forEach((own, i) => addTo(sum.bins[i], own));
  }
  return sum;
}

function addTo(sum: Float64Array, other: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += other[i];
}
