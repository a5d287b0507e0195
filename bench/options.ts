import { parseArgs } from 'node:util';
import { UsageError } from '../src/errors.js';
import { isPeer } from './peers.js';
import { isLayout, layoutNames } from './scenes.js';

/** What is measured: rastq beside its peers, the same with more and more workers, each stage by itself, or in little memory. */
const EXPERIMENTS = ['compare', 'scaling', 'costs', 'memory'] as const;
type Experiment = (typeof EXPERIMENTS)[number];

export interface Options {
  readonly experiment: Experiment;
  /** Edge of the scene, pixels. */
  readonly size: number;
  /** Turns that count. */
  readonly turns: number;
  /** Whether memory is also measured on a scene of twice the edge. */
  readonly withDouble: boolean;
  readonly layouts: readonly string[];
  readonly peers: readonly string[];
  readonly workers: number;
  /** Where scenes are kept from run to run; none: a temporary folder. */
  readonly dir: string | undefined;
  readonly keep: boolean;
  readonly write: boolean;
}

export const USAGE = `Usage: npm run bench -- [compare|scaling|costs|memory] [options]

  compare         rastq beside the programs people have now (default)
  scaling         1, 2, 4, 8 and 16 workers, with and without queue and delay
  costs           each stage by itself, and the bound they make
  memory          a scene of 4 GB within 192 MiB, 256 MiB and 1 GiB

  --size N        edge of the scene in pixels, a multiple of 512 (8192)
  --turns N       turns that count, after one that does not (5)
  --layouts LIST  of ${layoutNames().join(', ')}
                  (uncompressed,deflate,lzw,zstd; for scaling deflate)
  --peers LIST    of queue, noqueue, threads, gdal, or none (queue,threads,threads2,gdal2);
                  a number behind a name: threads that GDAL compresses in
  -j N            workers of every program, not for scaling (2)
  --quick         --size 2048 --turns 3, layouts uncompressed,deflate, no larger scene
  --dir DIR       keep the scenes in DIR, use those that are there, write outputs there
  --keep          keep the temporary folder
  --write         write the tables to docs/`;

/** The options in the words of a command line; undefined where it asks for help. */
export function parseOptions(words: readonly string[]): Options | undefined {
  const { values, positionals } = parsed(words);
  if (values.help) return undefined;
  const [experiment = 'compare', ...more] = positionals;
  if (!isExperiment(experiment) || more.length > 0) throw new UsageError(`wanted one of ${EXPERIMENTS.join(', ')}, got ${positionals.join(' ')}`);
  const isLarge = experiment === 'memory';
  const size = wholeNumber('--size', values.size ?? (values.quick ? '2048' : isLarge ? '23040' : '8192'));
  // Scenes are made in multiples of 256, and one is made of half this size.
  if (size % 512 !== 0) throw new UsageError(`--size: wanted a multiple of 512, got ${size}`);
  const standard = experiment === 'scaling' ? 'deflate' : isLarge ? 'uncompressed' : values.quick ? 'uncompressed,deflate' : 'uncompressed,deflate,lzw,zstd';
  return {
    experiment,
    size,
    withDouble: !values.quick,
    turns: wholeNumber('--turns', values.turns ?? (values.quick || isLarge ? '3' : '5')),
    layouts: list('--layouts', values.layouts ?? standard, isLayout),
    peers: values.peers === 'none' ? [] : list('--peers', values.peers, isPeer),
    workers: wholeNumber('-j', values.workers),
    dir: values.dir,
    keep: values.keep,
    write: values.write,
  };
}

/** The command that measures the same again, whatever shorthands were used. */
export function commandOf({ experiment, size, turns, layouts, peers, workers }: Options): string {
  const names = experiment === 'compare' ? ` --peers ${peers.length === 0 ? 'none' : peers.join(',')}` : '';
  const pool = experiment === 'scaling' ? '' : ` -j ${workers}`;
  return `npm run bench -- ${experiment} --size ${size} --turns ${turns} --layouts ${layouts.join(',')}${names}${pool}`;
}

const isExperiment = (name: string): name is Experiment => (EXPERIMENTS as readonly string[]).includes(name);

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        size: { type: 'string' },
        turns: { type: 'string' },
        layouts: { type: 'string' },
        peers: { type: 'string', default: 'queue,threads,threads2,gdal2' },
        workers: { type: 'string', short: 'j', default: '2' },
        dir: { type: 'string' },
        quick: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new UsageError(`${option}: wanted a whole number from 1, got ${text}`);
  return Number(text);
}

function list(option: string, text: string, isKnown: (name: string) => boolean): string[] {
  const names = [...new Set(text.split(','))];
  const unknown = names.find((name) => !isKnown(name));
  if (unknown !== undefined) throw new UsageError(`${option}: there is no '${unknown}', see --help`);
  return names;
}
