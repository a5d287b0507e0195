import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Access } from '../../io/access.js';
import { locationName } from '../../io/location.js';
import { BOUNDS } from '../../pipeline/bounds.js';
import { openInput } from '../../pipeline/input.js';
import { measureRaster } from '../../pipeline/statistics.js';
import { POOL_KINDS, type PoolKind } from '../../pools/stage.js';
import { toNodata } from '../../raster/nodata.js';
import { printableJson } from '../../report/printable.js';
import { formatStatistics } from '../../report/statistics-text.js';
import { type AccessFlags, addAccessOptions } from '../access-options.js';
import { checkTaskTimeout, enduranceOf, taskTimeoutOption, wholeNumber } from '../options.js';
import { abortOnSignals } from '../signals.js';
import { withAccess } from '../spools.js';
import { answer } from '../standard-output.js';

interface StatsFlags extends AccessFlags {
  readonly percentile: readonly number[];
  readonly histogram?: number;
  readonly page: number;
  readonly workers: number;
  readonly pool: PoolKind;
  readonly taskTimeout?: number;
  readonly json: boolean;
}

/** `rastq stats IN`: the statistics of the valid samples of each band. */
export function statsCommand(): Command {
  const command = new Command('stats')
    .description('Count the valid samples of each band; tell their extremes, mean, standard deviation, percentiles, histogram.')
    .argument('<in>', 'GeoTIFF: a path, https:// or s3:// URL, or - for standard input')
    .addOption(new Option('--percentile <list>', 'percentiles, 0 to 100, or none: P,P …').argParser(percentList).default([2, 50, 98], '2,50,98'))
    .addOption(new Option('--histogram <n>', 'bins of one width between minimum and maximum').argParser(wholeNumber(1, 65536)))
    .addOption(new Option('--page <n>', 'which of its full images, from 1').argParser(wholeNumber(...BOUNDS.page)).default(1))
    .addOption(new Option('-j, --workers <n>', 'workers in the pool').argParser(wholeNumber(...BOUNDS.workers)).default(availableParallelism(), 'the cores there are'))
    .addOption(new Option('--pool <kind>', 'what a worker is').choices([...POOL_KINDS]).default('threads'))
    .addOption(taskTimeoutOption())
    .option('--json', 'as JSON', false);
  return addAccessOptions(command).action((path: string, flags: StatsFlags) => withAccess([path], flags, (access) => runStats(path, flags, access)));
}

async function runStats(path: string, flags: StatsFlags, access: Access): Promise<void> {
  checkTaskTimeout(flags);
  const { percentile, histogram, page, workers, pool, json } = flags;
  const signals = abortOnSignals();
  try {
    const { input, snapshots } = await openInput(path, page, access);
    const request = { percentiles: percentile, histogram: histogram ?? null };
    const bands = await measureRaster(input, request, { workers, pool, endurance: enduranceOf(flags), signal: signals.signal, access: { ...access, snapshots } });
    answer(json ? printableJson({ path: locationName(path), bands }, finite) : formatStatistics(bands));
  } finally {
    signals.forget();
  }
}

function percentList(text: string): number[] {
  if (text === 'none') return [];
  return text.split(',').map((word) => {
    const percent = Number(word);
    if (word.trim() === '' || !(percent >= 0 && percent <= 100)) throw new InvalidArgumentError('wanted numbers from 0 to 100, or none');
    return percent;
  });
}

/** JSON has no infinities, which squares of the largest doubles can become. */
function finite(_: string, value: unknown): unknown {
  return typeof value === 'number' ? toNodata(value) : value;
}
