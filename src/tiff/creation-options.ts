import type { Codec } from '../codecs/codec.js';
import { codecByName, loadCodecs } from '../codecs/load.js';
import { UsageError } from '../errors.js';
import type { Interleave, Predictor } from '../raster/profile.js';

/** What `--co KEY=VALUE` asks for, by GDAL's names; what is absent is as in the input. */
export interface CreationOptions {
  readonly codec?: Codec;
  /** Levels by their option: ZLEVEL counts for DEFLATE alone. */
  readonly levels?: Readonly<Record<string, number>>;
  /** `fitting` is GDAL's YES: byte planes for floats, differences for integers. */
  readonly predictor?: Predictor | 'fitting';
  readonly tileWidth?: number;
  readonly tileHeight?: number;
  readonly interleave?: Interleave;
  readonly bigTiff?: BigTiffChoice;
  readonly sparse?: boolean;
}

export type BigTiffChoice = 'YES' | 'NO' | 'IF_NEEDED' | 'IF_SAFER';

const KEYS = ['COMPRESS', 'PREDICTOR', 'BLOCKSIZE', 'BLOCKXSIZE', 'BLOCKYSIZE', 'INTERLEAVE', 'BIGTIFF', 'SPARSE_OK', 'TILED'] as const;
const BIGTIFF: readonly BigTiffChoice[] = ['YES', 'NO', 'IF_NEEDED', 'IF_SAFER'];
const PREDICTORS: Readonly<Record<string, Required<CreationOptions>['predictor']>> = { '1': 1, '2': 2, '3': 3, NO: 1, YES: 'fitting', STANDARD: 2, FLOATING_POINT: 3 };

/**
 * @param words each `KEY=VALUE`, keys and values in any case; of one key given twice the last counts
 * @throws UsageError for a key or value that is not known
 */
export async function parseCreationOptions(words: readonly string[]): Promise<CreationOptions> {
  let options: CreationOptions = {};
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1) throw new UsageError(`--co ${word}: wanted KEY=VALUE, as in --co COMPRESS=DEFLATE`);
    const given = await parseOption(word, word.slice(0, at).toUpperCase(), word.slice(at + 1).toUpperCase());
    const levels = { ...options.levels, ...given.levels };
    options = { ...options, ...given, ...(Object.keys(levels).length > 0 ? { levels } : {}) };
  }
  return options;
}

async function parseOption(word: string, key: string, value: string): Promise<CreationOptions> {
  switch (key) {
    case 'COMPRESS':
      return { codec: await parseCodec(word, value) };
    case 'PREDICTOR':
      return { predictor: pick(word, value, Object.keys(PREDICTORS), (v) => PREDICTORS[v]) };
    case 'BLOCKSIZE': {
      const edge = parseTileEdge(word, value);
      return { tileWidth: edge, tileHeight: edge };
    }
    case 'BLOCKXSIZE':
      return { tileWidth: parseTileEdge(word, value) };
    case 'BLOCKYSIZE':
      return { tileHeight: parseTileEdge(word, value) };
    case 'INTERLEAVE':
      return { interleave: pick(word, value, ['PIXEL', 'BAND'], (v) => v.toLowerCase() as Interleave) };
    case 'BIGTIFF':
      return { bigTiff: pick(word, value, BIGTIFF, (v) => v as BigTiffChoice) };
    case 'SPARSE_OK':
      return { sparse: parseBoolean(word, value) };
    case 'TILED':
      if (parseBoolean(word, value)) return {};
      throw new UsageError(`--co ${word}: rastq writes tiled files only, make strips of one with: gdal_translate out.tif strips.tif`);
    default:
      return parseLevel(word, key, value);
  }
}

async function parseCodec(word: string, value: string): Promise<Codec> {
  const codec = await codecByName(value);
  if (codec?.encoding !== undefined) return codec;
  const names = (await loadCodecs()).filter(({ encoding }) => encoding !== undefined).map(({ name }) => name.toUpperCase());
  throw new UsageError(`--co ${word}: wanted one of ${names.join(', ')}`);
}

/** ZLEVEL, ZSTD_LEVEL: whatever codec declares the key. */
async function parseLevel(word: string, key: string, value: string): Promise<CreationOptions> {
  const codecs = await loadCodecs();
  const level = codecs.map(({ encoding }) => encoding?.level).find((l) => l?.option === key);
  if (level === undefined) {
    const levels = codecs.flatMap(({ encoding }) => (encoding?.level === undefined ? [] : [encoding.level.option]));
    throw new UsageError(`--co ${word}: no such option, there are ${[...KEYS, ...levels].join(', ')}`);
  }
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < level.min || number > level.max) {
    throw new UsageError(`--co ${word}: wanted a whole number from ${level.min} to ${level.max}`);
  }
  return { levels: { [key]: number } };
}

function parseTileEdge(word: string, value: string): number {
  const edge = Number(value);
  if (/^\d+$/.test(value) && edge >= 16 && edge <= 16384 && edge % 16 === 0) return edge;
  throw new UsageError(`--co ${word}: wanted a multiple of 16 from 16 to 16384`);
}

function parseBoolean(word: string, value: string): boolean {
  return pick(word, value, ['TRUE', 'FALSE', 'YES', 'NO', 'ON', 'OFF', '1', '0'], (v) => ['TRUE', 'YES', 'ON', '1'].includes(v));
}

function pick<T>(word: string, value: string, known: readonly string[], of: (value: string) => T): T {
  if (known.includes(value)) return of(value);
  throw new UsageError(`--co ${word}: wanted one of ${known.join(', ')}`);
}
