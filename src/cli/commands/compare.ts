import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Access } from '../../io/access.js';
import { BOUNDS } from '../../pipeline/bounds.js';
import { compareRasters, type Comparison } from '../../pipeline/compare.js';
import type { Difference } from '../../pipeline/compare-worker.js';
import { POOL_KINDS, type PoolKind } from '../../pools/stage.js';
import { printable, printableJson } from '../../report/printable.js';
import { type AccessFlags, addAccessOptions } from '../access-options.js';
import { earn } from '../exit-code.js';
import { checkTaskTimeout, enduranceOf, taskTimeoutOption, wholeNumber } from '../options.js';
import { abortOnSignals } from '../signals.js';
import { answer } from '../standard-output.js';
import { withAccess } from '../spools.js';

/** The exit code where rasters differ. */
const DIFFERENT = 7;

interface CompareFlags extends AccessFlags {
  readonly tolerance: number;
  readonly workers: number;
  readonly pool: PoolKind;
  readonly taskTimeout?: number;
  readonly json: boolean;
}

/** `rastq compare A B`: whether two rasters are the same, and where not. */
export function compareCommand(): Command {
  const command = new Command('compare')
    .description('Compare size, type, georeferencing, validity and pixels of two rasters; exit code 7 where they differ.')
    .argument('<a>', 'GeoTIFF: a path, https:// or s3:// URL, or - for standard input')
    .argument('<b>', 'GeoTIFF, likewise')
    .addOption(new Option('--tolerance <t>', 'how far apart equal samples may be').argParser(distance).default(0))
    .addOption(new Option('-j, --workers <n>', 'workers in the pool').argParser(wholeNumber(...BOUNDS.workers)).default(availableParallelism(), 'the cores there are'))
    .addOption(new Option('--pool <kind>', 'what a worker is').choices([...POOL_KINDS]).default('threads'))
    .addOption(taskTimeoutOption())
    .option('--json', 'as JSON', false);
  return addAccessOptions(command).action((a: string, b: string, flags: CompareFlags) =>
    withAccess([a, b], flags, (access) => runCompare([a, b], flags, access)),
  );
}

async function runCompare(paths: readonly [string, string], flags: CompareFlags, access: Access): Promise<void> {
  checkTaskTimeout(flags);
  const { tolerance, workers, pool, json } = flags;
  const signals = abortOnSignals();
  try {
    const comparison = await compareRasters(paths, { tolerance, workers, pool, endurance: enduranceOf(flags), signal: signals.signal, access });
    const lines = differences(comparison).map(printable);
    if (lines.length > 0) earn(DIFFERENT);
    if (json) answer(printableJson(comparison));
    else if (lines.length > 0) answer(lines.join('\n'));
  } finally {
    signals.forget();
  }
}

function distance(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('wanted a number of 0 or more');
  return value;
}

/** What differs, a line each; none where the rasters are equal. */
function differences({ facts, pixels }: Comparison): string[] {
  const lines = facts.map(({ what, a, b }) => `${what} differs: ${a} and ${b}`);
  if (pixels === null) return lines;
  if (pixels.masked > 0) lines.push(`validity differs in ${pixels.masked} samples, first ${placed(pixels.firstMasked!)}`);
  if (pixels.samples > 0) {
    lines.push(`pixels differ in ${pixels.samples} samples, by up to ${pixels.largest}, first ${placed(pixels.firstSample!)}`);
  }
  return lines;
}

function placed({ col, row, band, a, b }: Difference): string {
  return `at column ${col}, row ${row}, band ${band + 1}: ${a ?? 'invalid'} and ${b ?? 'invalid'}`;
}
