import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../src/errors.js';
import { startStage } from '../src/pools/start.js';
import { boundSeconds, costOf, limitingCores } from './cost-model.js';
import { circumstances, factLines } from './document.js';
import { type Place, withPlace } from './folder.js';
import { pythonVersions } from './machine.js';
import type { Options } from './options.js';
import { ROOT } from './places.js';
import { rastq, reportOf } from './rastq.js';
import { measureByTurns, median, medianWall, type Series } from './series.js';
import { measureStages, STAGES, type StageCosts } from './stages.js';
import { markdownTable } from './table.js';

/** What the model says of a layout, and what a run and `cp` took. */
interface LayoutCosts {
  readonly layout: string;
  readonly rawBytes: number;
  readonly costs: StageCosts;
  readonly run: Series;
  readonly cp: Series;
}

/** Measures each stage by itself, and whole runs beside the bound that the stages make. */
export async function costs(options: Options, signal: AbortSignal): Promise<void> {
  if (options.layouts.some((layout) => layout.endsWith('strips'))) throw new UsageError('--layouts: the stages are measured on tiles only');
  if (options.workers > availableParallelism()) throw new UsageError(`-j ${options.workers}: the bound is of cores, there are ${availableParallelism()}`);
  const versions = pythonVersions(['rasterio', 'numpy']);
  await withPlace(options.dir, options.keep, async (place) => {
    const facts = circumstances(options, versions, place);
    const all: LayoutCosts[] = [];
    for (const layout of options.layouts) all.push(await measureLayout(layout, options, place, signal));
    const [one, every] = [await copyRate(1), await copyRate(availableParallelism())];
    const text = [
      ...factLines(facts),
      '',
      `A scene of ${options.size} x ${options.size} pixels, 4 bands, uint16. Megabytes of pixels a second, of one core:`,
      '',
      stageTable(all),
      '',
      `Seconds with ${options.workers} workers, start-up apart, medians of ${options.turns} runs:`,
      '',
      boundTable(all, options.workers),
      '',
      `Copying memory: ${gigabytes(one)} GB/s with one thread, ${gigabytes(every)} GB/s with ${availableParallelism()} together (each byte read once and written once).`,
    ].join('\n');
    process.stdout.write(`${text}\n`);
    if (options.write) replaceFigures(join(ROOT, 'docs', 'performance.md'), text);
  });
}

async function measureLayout(layout: string, { size, turns, workers }: Options, place: Place, signal: AbortSignal): Promise<LayoutCosts> {
  const scene = place.scene(size, layout);
  process.stderr.write(`${layout}\n`);
  const cp = { name: 'cp', label: 'cp', command: (output: string) => ['cp', scene.path, output] };
  const [run, copied] = await measureByTurns([rastq(scene, '-j', String(workers)), cp], turns, place.output, signal);
  const { raw } = reportOf(run.runs[0].stdout).bytes;
  return { layout, rawBytes: raw, costs: await measureStages(scene.path, place.output, raw), run, cp: copied };
}

const megabytes = (cost: number): string => (cost === 0 ? '' : (1e-6 / cost).toFixed(0));
const gigabytes = (rate: number): string => (rate / 1e9).toFixed(1);

function stageTable(all: readonly LayoutCosts[]): string {
  return markdownTable([
    ['', ...all.map(({ layout }) => layout)],
    ...STAGES.map((stage) => [stage, ...all.map(({ costs }) => megabytes(costs[stage]))]),
    ['all of these', ...all.map(({ costs }) => megabytes(costOf(costs)))],
    ['copy, not counted: it is part of others', ...all.map(({ costs }) => megabytes(costs.copy))],
  ]);
}

function boundTable(all: readonly LayoutCosts[], workers: number): string {
  const runSeconds = ({ run }: LayoutCosts): number => medianWall(run) - median(run.runs.map(({ stdout }) => reportOf(stdout).seconds.startup));
  const bound = ({ costs, rawBytes }: LayoutCosts): number => boundSeconds(costs, rawBytes, workers);
  const row = (name: string, cell: (of: LayoutCosts) => string): string[] => [name, ...all.map(cell)];
  return markdownTable([
    ['', ...all.map(({ layout }) => layout)],
    row('bound', (of) => bound(of).toFixed(2)),
    row('a run', (of) => runSeconds(of).toFixed(2)),
    row('run / bound', (of) => (runSeconds(of) / bound(of)).toFixed(2)),
    row('`cp` of the scene', ({ cp }) => medianWall(cp).toFixed(2)),
    ...(['reader', 'writer', 'main thread'] as const).map((name) => row(`cores that keep the ${name} busy`, ({ costs }) => limitingCores(costs)[name].toFixed(0))),
  ]);
}

/** Bytes a second that so many threads copy together. */
async function copyRate(threads: number): Promise<number> {
  const stages = Array.from({ length: threads }, (_, i) => startStage('threads', `copy ${i + 1}`, new URL('./copy-stage.js', import.meta.url).href));
  await Promise.all(stages.map((stage) => stage.open(null)));
  const rates = (await Promise.all(stages.map((stage) => stage.call(null)))) as number[];
  await Promise.all(stages.map((stage) => stage.close()));
  return rates.reduce((sum, rate) => sum + rate, 0);
}

/** Puts the figures where the document has them, between its two marks. */
function replaceFigures(path: string, figures: string): void {
  const [start, end] = ['<!-- figures -->', '<!-- end of figures -->'];
  const text = readFileSync(path, 'utf8');
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
  if (from < start.length || to < from) throw new Error(`${path}: wanted ${start} and ${end} around the figures`);
  writeFileSync(path, `${text.slice(0, from)}\n\n${figures}\n\n${text.slice(to)}`);
}
