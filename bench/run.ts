import { RastqError, SignalError, systemCode, UsageError } from '../src/errors.js';
import { type Options, parseOptions, USAGE } from './options.js';

type Experiment = (options: Options, signal: AbortSignal) => Promise<void>;

async function load({ experiment }: Options): Promise<Experiment> {
  if (experiment === 'memory') return (await import('./limits.js')).limits;
  if (experiment === 'scaling') return (await import('./scaling.js')).scaling;
  return experiment === 'costs' ? (await import('./costs.js')).costs : (await import('./compare.js')).compare;
}

// A reader that has heard enough, as in `… | head`, does not stop the measuring.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (systemCode(error) !== 'EPIPE') throw error;
  });
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new SignalError(name)));
try {
  if (process.platform !== 'linux') throw new UsageError('the benchmark reads /proc, it runs on Linux only');
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(`${USAGE}\n`);
  else await (await load(options))(options, stop.signal);
} catch (error) {
  const isForeseen = error instanceof RastqError || error instanceof SignalError;
  process.stderr.write(`bench: ${isForeseen ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = isForeseen ? error.exitCode : 1;
}
