import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RastqError, SignalError, systemCode, UsageError } from '../src/errors.js';
import type { Contender } from './contender.js';
import { benchmarkDocument, circumstances, type LayoutResult } from './document.js';
import { checkGdal, pythonVersions } from './machine.js';
import { type Options, parseOptions, USAGE } from './options.js';
import { isGdal, peer } from './peers.js';
import { pythonPrograms, ROOT } from './places.js';
import { rastq, reportedPeakBytes } from './rastq.js';
import { provideScene, type Scene } from './scenes.js';
import { measureByTurns, median, type Series } from './series.js';

/** Measures rastq and its peers and prints the tables on stdout. */
async function main(options: Options, signal: AbortSignal): Promise<void> {
  if (process.platform !== 'linux') throw new UsageError('the benchmark reads /proc, it runs on Linux only');
  const programs = pythonPrograms();
  const needsOpenCv = options.peers.some((name) => !isGdal(name));
  const versions = pythonVersions(needsOpenCv ? ['rasterio', 'numpy', 'cv2'] : ['rasterio', 'numpy']);
  if (options.peers.some(isGdal)) checkGdal();
  const facts = circumstances(options, versions, programs.origin);
  const folder = openFolder(options.dir);
  // Of its own, because a program that is stopped may leave temporary files.
  const outputs = mkdtempSync(join(folder, 'out-'));
  try {
    const results: LayoutResult[] = [];
    for (const layout of options.layouts) {
      const scenes = [options.size, options.size / 2].map((size) => provideScene(programs.scene, folder, size, layout));
      process.stderr.write(`${layout}\n`);
      results.push(await measureLayout(scenes, options, programs.peers, join(outputs, 'out.tif'), signal));
    }
    const text = benchmarkDocument(options, facts, results);
    process.stdout.write(text);
    if (options.write) writeFileSync(join(ROOT, 'docs', 'benchmarks.md'), text);
  } finally {
    rmSync(outputs, { recursive: true });
    if (options.keep) process.stderr.write(`kept ${folder}\n`);
    else if (options.dir === undefined) rmSync(folder, { recursive: true });
  }
}

/** The folder that was asked for, or a new temporary one. */
function openFolder(dir: string | undefined): string {
  if (dir === undefined) return mkdtempSync(join(tmpdir(), 'rastq-bench-'));
  const folder = resolve(dir);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Measures on the scenes of one layout, of which the second is only for rastq's memory. */
async function measureLayout(
  [scene, halfScene]: readonly Scene[],
  { turns, peers, workers }: Options,
  program: string,
  output: string,
  signal: AbortSignal,
): Promise<LayoutResult> {
  const threads = (on: Scene): Contender => rastq(on, '-j', String(workers));
  const processes = (on: Scene): Contender => rastq(on, '-j', String(workers), '--pool', 'processes');
  const others = peers.map((name) => peer(name, program, scene, workers));
  const single = workers === 1 ? [] : [rastq(scene, '-j', '1')];
  const series = await measureByTurns([threads(scene), processes(scene), ...single, ...others], turns, output, signal);
  const halves = await measureByTurns([threads(halfScene), processes(halfScene)], turns, output, signal);
  const growths = halves.map((half, i) => ({
    label: `${scene.layout}, ${half.contender.label}`,
    halfBytes: reportedPeak(half),
    fullBytes: reportedPeak(series[i]),
  }));
  return { layout: scene.layout, creation: scene.creation, series, growths };
}

/** The median of the peak memory that a series of rastq's runs tell. */
function reportedPeak({ runs }: Series): number {
  return median(runs.map(({ stdout }) => reportedPeakBytes(stdout)));
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
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(`${USAGE}\n`);
  else await main(options, stop.signal);
} catch (error) {
  const isForeseen = error instanceof RastqError || error instanceof SignalError;
  process.stderr.write(`bench: ${isForeseen ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = isForeseen ? error.exitCode : 1;
}
