import { parseArgs } from 'node:util';
import { UsageError } from '../src/errors.js';
import { isLayout } from './scenes.js';
import { isPeer } from './peers.js';

export interface Options {
  /** Edge of the scene, pixels. */
  readonly size: number;
  /** Turns that count. */
  readonly turns: number;
  readonly layouts: readonly string[];
  readonly peers: readonly string[];
  readonly workers: number;
  /** Where scenes are kept from run to run; none: a temporary folder. */
  readonly dir: string | undefined;
  readonly keep: boolean;
  readonly write: boolean;
}

export const USAGE = `Usage: npm run bench -- [options]

  --size N        edge of the scene in pixels, a multiple of 512 (8192)
  --turns N       turns that count, after one that does not (5)
  --layouts LIST  of uncompressed, deflate, lzw, zstd, strips (uncompressed,deflate)
  --peers LIST    of queue, noqueue, threads, gdal, or none (queue,threads,threads2);
                  a number behind a name: threads that GDAL compresses in
  -j N            workers of every program (2)
  --quick         --size 2048 --turns 3
  --full          strips too
  --dir DIR       keep the scenes in DIR, and use those that are there
  --keep          keep the temporary folder
  --write         write docs/benchmarks.md`;

/** The options in the words of a command line; undefined where it asks for help. */
export function parseOptions(words: readonly string[]): Options | undefined {
  const { values } = parsed(words);
  if (values.help) return undefined;
  const size = wholeNumber('--size', values.size ?? (values.quick ? '2048' : '8192'));
  // Scenes are made in multiples of 256, and one is made of half this size.
  if (size % 512 !== 0) throw new UsageError(`--size: wanted a multiple of 512, got ${size}`);
  const layouts = list('--layouts', values.layouts, isLayout);
  return {
    size,
    turns: wholeNumber('--turns', values.turns ?? (values.quick ? '3' : '5')),
    layouts: values.full && !layouts.includes('strips') ? [...layouts, 'strips'] : layouts,
    peers: values.peers === 'none' ? [] : list('--peers', values.peers, isPeer),
    workers: wholeNumber('-j', values.workers),
    dir: values.dir,
    keep: values.keep,
    write: values.write,
  };
}

/** The command that measures the same again, whatever shorthands were used. */
export function commandOf({ size, turns, layouts, peers, workers }: Options): string {
  const names = peers.length === 0 ? 'none' : peers.join(',');
  return `npm run bench -- --size ${size} --turns ${turns} --layouts ${layouts.join(',')} --peers ${names} -j ${workers}`;
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        size: { type: 'string' },
        turns: { type: 'string' },
        layouts: { type: 'string', default: 'uncompressed,deflate' },
        peers: { type: 'string', default: 'queue,threads,threads2' },
        workers: { type: 'string', short: 'j', default: '2' },
        dir: { type: 'string' },
        quick: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
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
