import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { formatBytes } from '../src/report/text.js';
import { type AmdahlFit, fitAmdahl, fittedSeconds, parallelShare, type Timing } from './amdahl.js';
import { circumstances, factLines } from './document.js';
import { type Place, withPlace } from './folder.js';
import { pythonVersions } from './machine.js';
import type { Options } from './options.js';
import { ROOT } from './places.js';
import { type Line, plotTimings } from './plot.js';
import { hasCommand, rastq, rastqCommand, reportedPeak, reportOf } from './rastq.js';
import type { Scene } from './scenes.js';
import { measureByTurns, median, medianWall, type Series } from './series.js';
import { markdownTable } from './table.js';

const WORKERS = [1, 2, 4, 8, 16];
const QUEUES = ['bounded', 'none'];
const DELAY = join(ROOT, 'examples', 'delay.mjs');

/** The same work with more and more workers. */
interface Experiment {
  readonly title: string;
  readonly file: string;
  /** By queue, then by workers. */
  readonly byQueue: readonly { readonly queue: string; readonly series: readonly Series[]; readonly fit: AmdahlFit | undefined }[];
}

/** Measures more and more workers, with and without queue and delay, and fits Amdahl's law. */
export async function scaling(options: Options, signal: AbortSignal): Promise<void> {
  const versions = pythonVersions(['rasterio', 'numpy']);
  await withPlace(options.dir, options.keep, async (place) => {
    const facts = circumstances(options, versions, place);
    const canDelay = hasCommand('run');
    const experiments: Experiment[] = [];
    for (const layout of options.layouts) {
      const scene = place.scene(options.size, layout);
      experiments.push(await measureWorkers(layout, scene, normalizing, options, place, signal));
      if (canDelay) experiments.push(await measureWorkers(`${layout}, with a delay`, scene, delaying, options, place, signal));
    }
    const { size, turns } = options;
    const text = [
      '# Scaling',
      '',
      'Written by `npm run bench -- scaling --write`; [bench/README.md](../bench/README.md) says what is measured and how.',
      '',
      ...factLines(facts),
      '',
      `Normalizing a scene of ${size} x ${size} pixels, 4 bands, uint16; medians of ${turns} ${turns === 1 ? 'turn' : 'turns'}, by turns.`,
      'Seconds are of the whole process, start-up in them; memory is the peak RSS.',
      '',
      ...(canDelay ? [] : ['The delay was not measured: this rastq has no command `run` that takes an operation of a module.', '']),
      ...experiments.map(section),
    ].join('\n');
    process.stdout.write(text);
    if (!options.write) return;
    writeFileSync(join(ROOT, 'docs', 'scaling.md'), text);
    for (const experiment of experiments) writeFileSync(join(ROOT, 'docs', experiment.file), plot(experiment));
  });
}

type Work = (scene: Scene, ...options: readonly string[]) => ReturnType<typeof rastq>;

const normalizing: Work = rastq;

const delaying: Work = (scene, ...options) => rastqCommand('run', scene, '--op', 'normalize', '--op', `${DELAY}:delay`, ...options);

async function measureWorkers(
  title: string,
  scene: Scene,
  work: Work,
  { turns }: Options,
  { output }: Place,
  signal: AbortSignal,
): Promise<Experiment> {
  process.stderr.write(`${title}\n`);
  const contenders = QUEUES.flatMap((queue) => WORKERS.map((workers) => work(scene, '-j', String(workers), '--queue', queue)));
  const all = await measureByTurns(contenders, turns, output, signal);
  const byQueue = QUEUES.map((queue, i) => {
    const series = all.slice(i * WORKERS.length, (i + 1) * WORKERS.length);
    const within = workingTimes(series).filter(({ workers }) => workers <= availableParallelism());
    return { queue, series, fit: within.length < 2 ? undefined : fitAmdahl(within) };
  });
  return { title, file: `scaling-${title.replaceAll(/[^a-z]+/g, '-')}.svg`, byQueue };
}

const startupSeconds = ({ runs }: Series): number => median(runs.map(({ stdout }) => reportOf(stdout).seconds.startup));

/** What is left of the time without the start-up, which no worker shortens. */
function workingTimes(series: readonly Series[]): Timing[] {
  return series.map((one, i) => ({ workers: WORKERS[i], seconds: medianWall(one) - startupSeconds(one) }));
}

function section(experiment: Experiment): string {
  const { title, file, byQueue } = experiment;
  const cores = availableParallelism();
  const head = ['workers', ...byQueue.flatMap(({ queue }) => [`queue ${queue}: s`, 'start-up, s', 'fitted, s', 'speed-up', 'memory'])];
  const rows = WORKERS.map((workers, i) => [
    workers > cores ? `${workers}, oversubscribed` : String(workers),
    ...byQueue.flatMap(({ series, fit }) => [
      medianWall(series[i]).toFixed(2),
      startupSeconds(series[i]).toFixed(2),
      fit === undefined ? '' : (fittedSeconds(fit, workers) + startupSeconds(series[i])).toFixed(2),
      (medianWall(series[0]) / medianWall(series[i])).toFixed(2),
      formatBytes(reportedPeak(series[i])),
    ]),
  ]);
  const laws = byQueue.map(({ queue, fit }) =>
    fit === undefined
      ? `Queue ${queue}: one core, nothing to fit.`
      : `Queue ${queue}: seconds = start-up + ${fit.serialSeconds.toFixed(2)} + ${fit.parallelSeconds.toFixed(2)} / workers, ` +
        `fitted up to ${cores} workers: ${(100 * parallelShare(fit)).toFixed(1)} % of the work is parallel.`,
  );
  return [`## ${title}`, '', markdownTable([head, ...rows]), '', ...laws.flatMap((law) => [law, '']), `![seconds by workers](${file})`, ''].join('\n');
}

/** The working times, start-up apart, and what the law makes of them. */
function plot({ title, byQueue }: Experiment): string {
  const lines = byQueue.flatMap(({ queue, series, fit }, colour): Line[] => {
    const measured = { label: `queue ${queue}`, timings: workingTimes(series), colour, isFitted: false };
    if (fit === undefined) return [measured];
    const timings = WORKERS.map((workers) => ({ workers, seconds: fittedSeconds(fit, workers) }));
    return [measured, { label: `queue ${queue}, Amdahl`, timings, colour, isFitted: true }];
  });
  return plotTimings(`${title}: seconds by workers, start-up apart`, lines, availableParallelism());
}
