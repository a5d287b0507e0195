import type { PassQuestions } from './kept-work.js';
import type { StatisticsCounts, StatisticsPass, StatisticsQuestion } from './statistics-worker.js';

/**
 * Sends workers over a raster once.
 * @param consume takes the moments of each task's cells, in the order of the cells
 * @returns what each worker tells at the end
 */
export type Survey = (questions: PassQuestions, consume: (moments: Float64Array) => void) => Promise<unknown[]>;

/** Runs one pass of a measurement and adds up what the workers counted. @param consume as of `Survey` */
export type CountPass = (pass: StatisticsPass, consume?: (moments: Float64Array) => void) => Promise<StatisticsCounts>;

/** @param toQuestion how a question is put to the workers */
export function countingBy(survey: Survey, toQuestion: (question: StatisticsQuestion) => unknown): CountPass {
  return async (pass, consume = () => undefined) => {
    const questions = { begin: toQuestion({ type: 'begin', pass }), end: toQuestion({ type: 'counts' }) };
    const [sum, ...others] = (await survey(questions, consume)) as StatisticsCounts[];
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
