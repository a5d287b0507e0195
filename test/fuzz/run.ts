import { parseArgs } from 'node:util';
import { campaign } from './campaign.js';

/** `npm run fuzz -- --runs N --seed S`: spoils fixtures and runs on them; exit code 1 where something failed. */
const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } });
const runs = Number(values.runs ?? 10_000);
const seed = Number(values.seed ?? Date.now() % 2 ** 32);
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) throw new Error('wanted whole numbers: --runs N --seed S');

console.log(`${runs} runs, seed ${seed}`);
const { outcomes, failures, maxRss } = await campaign({ runs, seed }, (done) => {
  if (done % 1000 === 0) console.log(`${done} of ${runs}`);
});
for (const failure of failures) console.log(`\nFAILURE ${failure}`);
console.log(`\n${JSON.stringify(outcomes)}, at most ${Math.ceil(maxRss / 2 ** 20)} MiB, seed ${seed}`);
process.exitCode = failures.length > 0 ? 1 : 0;
