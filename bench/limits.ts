import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlGroup } from './control-group.js';
import { circumstances, factLines } from './document.js';
import { type Place, withPlace } from './folder.js';
import { measure, type Measurement } from './measure.js';
import type { Options } from './options.js';
import { ROOT } from './places.js';
import { rastq, reportOf } from './rastq.js';
import type { Scene } from './scenes.js';
import { measureByTurns, medianWall } from './series.js';
import { markdownTable } from './table.js';

const MB = 2 ** 20;
/** What a run is allowed, MiB. */
const LIMITS = [192, 256, 1024];
const WORKERS = [2, 4];
const POOLS = ['threads', 'processes'];
/** The limit whose cost in time is measured, and with how many workers. */
const TIMED = { limit: 256, workers: 4 };

/** Runs a large scene in little memory: whether a run stays within what it was given, and what that costs in time. */
export async function limits(options: Options, signal: AbortSignal): Promise<void> {
  await withPlace(options.dir, options.keep, async (place) => {
    const facts = circumstances(options, {}, place);
    const scene = place.scene(options.size, options.layouts[0]);
    const rows: string[][] = [];
    for (const pool of POOLS) {
      for (const limit of LIMITS) for (const workers of WORKERS) rows.push(await limitedRun(scene, { pool, limit, workers }, place, signal));
    }
    const text = [
      '# Memory',
      '',
      'Written by `npm run bench -- memory --write`; [bench/README.md](../bench/README.md) says what is measured and how.',
      '',
      ...factLines(facts),
      '',
      `Normalizing a scene of ${options.size} x ${options.size} pixels, 4 bands, uint16, ${options.layouts[0]}, within \`--max-memory\`. MiB.`,
      '',
      markdownTable([['pool', 'limit', '-j', 'done by', 'planned', 'peak', 'control group'], ...rows]),
      '',
      await costInTime(scene, options, place, signal),
      '',
    ].join('\n');
    process.stdout.write(text);
    if (options.write) writeFileSync(join(ROOT, 'docs', 'memory.md'), text);
  });
}

interface Limited {
  readonly pool: string;
  readonly limit: number;
  readonly workers: number;
}

/** A row of the table: one run, in a control group that holds no more than the limit where one can be made. */
async function limitedRun(scene: Scene, { pool, limit, workers }: Limited, place: Place, signal: AbortSignal): Promise<string[]> {
  const words = rastq(scene, '-j', String(workers), '--pool', pool, '--max-memory', `${limit}M`).command(place.output);
  const group = controlGroup(limit * MB);
  const told = [pool, String(limit), String(workers)];
  let run: Measurement;
  try {
    run = await measure([...(group?.entering ?? []), ...words], true, signal);
  } catch (error) {
    const needed = /it takes (\d+) MB/.exec((error as Error).message)?.[1];
    if (needed === undefined) throw error;
    return [...told, '', needed, '', 'refused'];
  } finally {
    group?.remove();
  }
  const { memory, workers: busy } = reportOf(run.stdout);
  // Marks of processes would count shared pages each time.
  const peak = pool === 'processes' ? run.peakBytes : memory.peakBytes;
  process.stderr.write(`  ${told.join(' ')}: ${inMegabytes(peak)} of ${inMegabytes(memory.plannedBytes)} MiB\n`);
  return [...told, String(busy), inMegabytes(memory.plannedBytes), inMegabytes(peak) + (peak > limit * MB ? ' over' : ''), group === undefined ? 'none' : 'held'];
}

const inMegabytes = (bytes: number): string => String(Math.ceil(bytes / MB));

async function costInTime(scene: Scene, { turns }: Options, { output }: Place, signal: AbortSignal): Promise<string> {
  const { limit, workers } = TIMED;
  const free = rastq(scene, '-j', String(workers), '--pool', 'threads');
  const limited = rastq(scene, '-j', String(workers), '--pool', 'threads', '--max-memory', `${limit}M`);
  const [one, other] = await measureByTurns([free, limited], turns, output, signal);
  const ratio = medianWall(other) / medianWall(one);
  return `With \`-j ${workers}\`, by turns, medians of ${turns}: without a limit ${medianWall(one).toFixed(1)} s, within ${limit} MiB ${medianWall(other).toFixed(1)} s: ${ratio.toFixed(2)} times as long.`;
}
