import { grain, hills } from '../../fixtures/pixels.js';
import { FIXTURES } from '../../fixtures/scenes.js';
import { SAMPLE_TYPES, type TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { generator } from '../fuzz/mutate.js';
import { readFileSync } from 'node:fs';
import { fixturePath } from '../oracle/support/run.js';

/** What befalls a run. */
export type Trouble =
  | { readonly kind: 'none' }
  /** A call on files goes wrong, as `file-fault-preload.ts` has it. */
  | { readonly kind: 'file'; readonly fault: string }
  /** A worker dies, once, as `fault-preload.ts` has it. */
  | { readonly kind: 'worker'; readonly fault: string }
  /** The main process is killed, each time after so much of the time that the run takes by itself. */
  | { readonly kind: 'kill'; readonly moments: readonly number[] }
  | { readonly kind: 'signal'; readonly signal: 'SIGINT' | 'SIGTERM'; readonly moment: number };

/** A run and what befalls it. */
export interface Job {
  readonly input: string;
  readonly bytes: () => Uint8Array;
  /** The command up to its files, and the options that decide on the output's bytes. */
  readonly command: string;
  readonly options: readonly string[];
  /** The options that do not. */
  readonly how: readonly string[];
  readonly trouble: Trouble;
}

type Random = (below: number) => number;

const pick = <T>(random: Random, all: readonly T[]): T => all[random(all.length)];
const sometimes = (random: Random, oneIn: number, words: readonly string[]): readonly string[] => (random(oneIn) === 0 ? words : []);

/** The job that follows from a seed. */
export function drawJob(seed: number): Job {
  const random = generator(seed);
  const { input, bytes } = drawInput(random, seed);
  const { command, options } = drawOperation(random);
  const how = drawHow(random);
  const trouble = drawTrouble(random, how);
  return { input, bytes, command, options: [...options, ...drawLayout(random)], how, trouble };
}

function drawInput(random: Random, seed: number): Pick<Job, 'input' | 'bytes'> {
  // Most fixtures are a task or two: a raster of many comes as often as all of them.
  const kind = random(4);
  if (kind < 2) {
    const { name } = kind === 0 ? { name: 'scene.tif' } : pick(random, FIXTURES);
    return { input: name, bytes: () => readFileSync(fixturePath(name)) };
  }
  const dtype = pick(random, ['uint8', 'int16', 'uint16', 'int32', 'float32', 'float64'] as const);
  const { min, max } = SAMPLE_TYPES[dtype];
  const [low, high] = [Math.max(min, -2000), Math.min(max, 3000)];
  const compression = pick(random, ['none', 'lzw', 'deflate', 'packbits'] as const);
  const predictor = compression === 'lzw' || compression === 'deflate' ? pick(random, [1, dtype.startsWith('float') ? 3 : 2] as const) : 1;
  const nodata = pick(random, [undefined, '0', '17']);
  const layout = random(2) === 0 ? { rowsPerStrip: 1 + random(40) } : { tile: { width: 16 * (1 + random(8)), height: 16 * (1 + random(8)) } };
  const pixel = pick(random, [grain(low, high), hills(low, high)]);
  const spec: TiffSpec = {
    width: 1 + random(700), height: 1 + random(500), bands: 1 + random(4), dtype, pixel, layout, compression, predictor,
    interleave: pick(random, ['pixel', 'band']), byteOrder: pick(random, ['little', 'big']), bigTiff: random(4) === 0,
    ...(nodata !== undefined && { nodata }),
  };
  const { width, height, bands } = spec;
  return { input: `made-${seed}: ${width} x ${height} x ${bands} ${dtype} ${compression} ${JSON.stringify(layout)}`, bytes: () => writeTiff(spec) };
}

function drawOperation(random: Random): Pick<Job, 'command' | 'options'> {
  const dtype = sometimes(random, 3, ['--dtype', pick(random, ['uint8', 'uint16', 'int32', 'float32', 'float64'])]);
  const window = sometimes(random, 2, ['--window', String(pick(random, [16, 50, 64, 100, 300]))]);
  switch (random(8)) {
    case 0:
    case 1:
      return { command: 'normalize', options: [...sometimes(random, 2, ['--range', pick(random, ['0,255', '1,1000', '-5,5'])]), ...window, ...dtype] };
    case 2:
      return { command: 'normalize', options: ['--scope', pick(random, ['window', 'band', 'dataset']), ...sometimes(random, 2, ['--percentile', pick(random, ['2,98', '0,50'])]), ...window] };
    case 3:
      return { command: 'sharpen', options: [...sometimes(random, 3, ['--amount', '0.7']), ...sometimes(random, 3, ['--seams']), ...window, ...dtype] };
    case 4:
      return { command: 'convolve', options: ['--kernel', pick(random, ['0 -1 0; -1 5 -1; 0 -1 0', '1 1 1 1 1; 1 2 3 2 1; 1 1 1 1 1'])] };
    case 5:
      return { command: 'clamp', options: ['--min', '3', '--max', '200', ...dtype] };
    case 6:
      return { command: pick(random, ['reverse-bands', 'scale']), options: [] };
    default:
      return { command: 'run', options: ['--op', 'sharpen', '--op', pick(random, ['normalize', 'normalize:scope=band', 'clamp:min=0:max=99']), ...sometimes(random, 2, ['--op', 'convolve:kernel=1 2 1']), ...window] };
  }
}

function drawLayout(random: Random): readonly string[] {
  const edge = String(16 * (1 + random(10)));
  const words = [
    ...sometimes(random, 2, ['--co', `COMPRESS=${pick(random, ['NONE', 'DEFLATE', 'LZW', 'PACKBITS', 'ZSTD'])}`]),
    ...sometimes(random, 3, ['--co', `INTERLEAVE=${pick(random, ['PIXEL', 'BAND'])}`]),
    ...sometimes(random, 4, ['--co', 'BIGTIFF=YES']),
    ...sometimes(random, 4, ['--co', 'SPARSE_OK=TRUE']),
  ];
  if (random(3) > 0) return [...words, ...sometimes(random, 2, ['--co', `BLOCKXSIZE=${edge}`, '--co', `BLOCKYSIZE=${16 * (1 + random(10))}`])];
  return ['--of', 'COG', ...words, '--co', `BLOCKSIZE=${edge}`, ...sometimes(random, 2, ['--overview-resampling', pick(random, ['average', 'nearest', 'bilinear'])])];
}

function drawHow(random: Random): readonly string[] {
  return [
    '--pool', pick(random, ['threads', 'threads', 'processes', 'inline']),
    '-j', String(1 + random(4)),
    ...sometimes(random, 3, ['--queue-size', String(1 + random(6))]),
    ...sometimes(random, 6, ['-q', 'none']),
    ...sometimes(random, 3, ['--verify']),
    ...sometimes(random, 2, ['--resume']),
    ...sometimes(random, 6, ['--fsync']),
  ];
}

const CODES = ['EIO', 'ENOSPC', 'EDQUOT', 'EINTR', 'short'] as const;

function drawTrouble(random: Random, how: readonly string[]): Trouble {
  const moment = (): number => random(1000) / 800;
  switch (random(6)) {
    case 0:
      return { kind: 'none' };
    case 1:
      return { kind: 'file', fault: `${pick(random, CODES)}:${pick(random, ['work', 'work', 'readSync', 'writeSync', 'statSync', 'fstatSync'])}:${1 + random(40)}` };
    case 2:
      // What is not verified is not noticed; and a journal that is spoilt tells of nothing.
      return how.includes('--verify') && !how.includes('--resume')
        ? { kind: 'file', fault: `flip:writeSync:${pick(random, ['head', String(1 + random(30))])}` }
        : { kind: 'file', fault: `EMFILE:openSync:${1 + random(6)}` };
    case 3:
      // Without threads there is no worker that could die.
      if (how.includes('inline')) return { kind: 'none' };
      return { kind: 'worker', fault: `${pick(random, ['apply', 'decode', 'encode'])}:${pick(random, how.includes('processes') ? ['exit', 'kill'] : ['exit'])}:${1 + random(20)}` };
    case 4:
      return { kind: 'kill', moments: Array.from({ length: 1 + random(3) }, moment) };
    default:
      return { kind: 'signal', signal: pick(random, ['SIGINT', 'SIGTERM']), moment: moment() };
  }
}
