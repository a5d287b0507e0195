// Shows how far a run is, on stderr: node examples/progress.mjs in.tif out.tif
import cliProgress from 'cli-progress';
import { planRequest, run } from 'rastq';

const [input, output] = process.argv.slice(2);
const { plan } = await planRequest({ input, output, steps: [{ operation: 'normalize' }] });
const bar = new cliProgress.SingleBar({ format: '{bar} {percentage} %  {eta_formatted} left', noTTYOutput: true, notTTYSchedule: 100 }, cliProgress.Presets.shades_classic);
bar.start(plan.tasks.count, 0);
try {
  await run(plan, { onProgress: ({ tasks }) => bar.update(tasks) });
} finally {
  bar.stop();
}
