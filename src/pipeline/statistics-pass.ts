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
  const begin: StatisticsQuestion = { type: 'begin', pass };
  const end: StatisticsQuestion = { type: 'counts' };
  const answers = await scan.keepingPass(begin, end, (scanned) => consume((scanned as MeasuredTask).moments));
  const [sum, ...others] = answers as StatisticsCounts[];
  for (const { counts, bins } of others) {
    addTo(sum.counts, counts);
    bins.forEach((own, i) => addTo(sum.bins[i], own));
  }
  return sum;
}

function addTo(sum: Float64Array, other: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += other[i];
}
