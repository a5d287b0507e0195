import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { attempt, describeJob } from './attempt.js';
import { drawJob } from './job.js';
import { useForLong } from './library-user.js';

/**
 * `npm run soak -- --minutes 30 [--seed S] [--lanes 2] [--runs 1000]`: random jobs from a seed, one after the other in each
 * lane, and then a library user of so many runs. `npm run soak -- --job S` does one job again. Exit code 1 where something failed.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, lanes: { type: 'string' }, job: { type: 'string' }, runs: { type: 'string' } },
});
const number = (name: keyof typeof values, standard: number): number => {
  const value = Number(values[name] ?? standard);
  if (!(value >= 0)) throw new Error(`--${name} ${values[name]}: wanted a number`);
  return value;
};

const folder = mkdtempSync(join(tmpdir(), 'rastq-soak-'));
const outcomes: Record<string, number> = {};
let failures = 0;

async function doJob(seed: number): Promise<void> {
  const job = drawJob(seed);
  let outcome: string;
  try {
    outcome = `${job.trouble.kind}: ${await attempt(job, join(folder, String(seed)))}`;
  } catch (error) {
    failures++;
    outcome = `${job.trouble.kind}: FAILURE`;
    console.log(`\nFAILURE, again with: npm run soak -- --job ${seed}\n  ${describeJob(job)}\n  ${error instanceof Error ? error.message : String(error)}\n`);
  }
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

async function useLibrary(runs: number): Promise<void> {
  if (runs === 0) return;
  const { words, failures: grown } = await useForLong(runs);
  console.log(`a library user of ${runs} runs: ${words}`);
  for (const failure of grown) console.log(`FAILURE ${failure}`);
  failures += grown.length;
}

try {
  if (values.job !== undefined) {
    console.log(describeJob(drawJob(number('job', 0))));
    await doJob(number('job', 0));
  } else {
    const seed = number('seed', Date.now() % 2 ** 31);
    const end = performance.now() + number('minutes', 30) * 60_000;
    console.log(`seed ${seed}`);
    let next = seed;
    const lane = async (): Promise<void> => {
      while (performance.now() < end) await doJob(next++);
    };
    await Promise.all(Array.from({ length: number('lanes', 2) }, lane));
    console.log(`${next - seed} jobs`);
    await useLibrary(number('runs', 1000));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify(Object.fromEntries(Object.entries(outcomes).sort()), null, 2));
process.exitCode = failures > 0 ? 1 : 0;
