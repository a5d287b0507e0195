import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SAMPLE_TYPES, type DType, type TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { loadCodecs } from '../../src/codecs/load.js';
import { checkTarget, parseCreationOptions, planRequest, RastqError, runPlan } from '../../src/index.js';
import { compareRasters } from '../../src/pipeline/compare.js';
import { PACKED_TYPES, packedSpec } from './packed-spec.js';

/** What is read and written, found by doing it with small rasters. */

export const PLAIN: TiffSpec = {
  width: 40, height: 30, bands: 1, dtype: 'uint8', layout: { rowsPerStrip: 7 }, compression: 'none',
  // Values that every type from 4 bits on holds exactly.
  pixel: (_band, row, col) => (row * 7 + col * 3 + ((row * col) >> 4)) % 16,
};

type Compression = NonNullable<TiffSpec['compression']>;
/** The codecs that the writer of fixtures has. */
const MADE: readonly Compression[] = ['none', 'lzw', 'deflate', 'deflate-old', 'packbits'];

const TILES: Partial<TiffSpec> = { layout: { tile: { width: 16, height: 32 } } };
/** A block that is left out is read as 0. */
const SPARSE: Partial<TiffSpec> = {
  ...TILES,
  sparse: (block) => block === 1,
  pixel: (band, row, col) => (row < 30 && col >= 16 && col < 32 ? 0 : PLAIN.pixel(band, row, col)),
};
export const LAYOUTS: Readonly<Record<string, Partial<TiffSpec>>> = {
  strips: {},
  tiles: TILES,
  'band-interleaved': { ...TILES, bands: 3, interleave: 'band' },
  'big-endian': { ...TILES, byteOrder: 'big' },
  BigTIFF: { ...TILES, bigTiff: true },
  sparse: SPARSE,
};
const DTYPES = Object.keys(SAMPLE_TYPES) as DType[];

/** The names of codecs by a row's and a column's name; what is not read or written right has its reason instead. */
export type Matrix = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** Every layout with every sample type and codec that can be made. */
export async function readMatrix(folder: string): Promise<Matrix> {
  const rows = new Map<string, Map<string, string[]>>();
  for (const [layout, changes] of Object.entries(LAYOUTS)) {
    const row = new Map<string, string[]>();
    for (const dtype of DTYPES) {
      const spec = { ...PLAIN, ...changes, dtype };
      const cell: string[] = [];
      for (const compression of MADE) {
        const failure = await readFailure(folder, { ...spec, compression }, { ...spec, ...SAME_PIXELS });
        cell.push(failure === null ? compression : `${compression}: ${failure}`);
      }
      row.set(dtype, cell);
    }
    rows.set(layout, row);
  }
  return rows;
}

/** Sample types that are unpacked, in strips, in both byte orders. */
export async function packedMatrix(folder: string): Promise<Matrix> {
  const rows = new Map<string, Map<string, string[]>>();
  for (const type of PACKED_TYPES) {
    const most = Math.min(16, 2 ** type.bits);
    const scene: TiffSpec = { ...PLAIN, dtype: 'float64', pixel: (band, row, col) => PLAIN.pixel(band, row, col) % most };
    const row = new Map<string, string[]>();
    for (const byteOrder of ['little', 'big'] as const) {
      // GDAL's 24-bit integers in big-endian files lie lowest byte first; how others have them nobody knows.
      if (type.bits === 24 && type.format === 1 && byteOrder === 'big') continue;
      const cell: string[] = [];
      for (const compression of MADE) {
        const failure = await readFailure(folder, packedSpec({ ...scene, byteOrder, compression }, type), scene);
        cell.push(failure === null ? compression : `${compression}: ${failure}`);
      }
      row.set(`${byteOrder}-endian`, cell);
    }
    rows.set(type.name, row);
  }
  return rows;
}

/** Every type with every codec that can be written, read back equal to the uncompressed output. */
export async function writeMatrix(folder: string): Promise<Matrix> {
  const codecs = (await loadCodecs()).filter(({ encoding }) => encoding !== undefined).map(({ name }) => name);
  const rows = new Map<string, Map<string, string[]>>();
  for (const dtype of [...DTYPES, 'uint64', 'int64']) {
    const row = new Map<string, string[]>();
    for (const [layout, words] of Object.entries(WRITTEN_LAYOUTS)) {
      const reference = await normalized(folder, dtype, ['COMPRESS=NONE']);
      const cell: string[] = [];
      for (const codec of codecs) {
        const failure = await failureOf(async () => differenceOf(reference, await normalized(folder, dtype, [`COMPRESS=${codec}`, ...words])));
        cell.push(failure === null ? codec : `${codec}: ${failure}`);
      }
      row.set(layout, cell);
    }
    rows.set(dtype, row);
  }
  return rows;
}

const WRITTEN_LAYOUTS: Readonly<Record<string, readonly string[]>> = {
  tiles: [],
  'band-interleaved': ['INTERLEAVE=BAND'],
  BigTIFF: ['BIGTIFF=YES'],
  sparse: ['SPARSE_OK=TRUE'],
};

const SAME_PIXELS: Partial<TiffSpec> = {
  layout: PLAIN.layout, compression: 'none', interleave: 'pixel', byteOrder: 'little', bigTiff: false, sparse: () => false,
};

async function readFailure(folder: string, spec: TiffSpec, reference: TiffSpec): Promise<string | null> {
  const [path, plain] = [join(folder, 'read.tif'), join(folder, 'plain.tif')];
  writeFileSync(path, writeTiff(spec));
  writeFileSync(plain, writeTiff(reference));
  return failureOf(() => differenceOf(path, plain));
}

async function failureOf(action: () => Promise<string | null>): Promise<string | null> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof RastqError) return error.kind;
    throw error;
  }
}

async function differenceOf(a: string, b: string): Promise<string | null> {
  const { pixels } = await compareRasters([a, b], { tolerance: 0, workers: 1, pool: 'inline' });
  return pixels?.samples === 0 && pixels.masked === 0 ? null : 'WRONG PIXELS';
}

/** The path of what `normalize` makes of three bands. */
async function normalized(folder: string, dtype: string, words: readonly string[]): Promise<string> {
  const [input, output] = [join(folder, 'in.tif'), join(folder, words.length === 1 && words[0] === 'COMPRESS=NONE' ? 'reference.tif' : 'written.tif')];
  writeFileSync(input, writeTiff({ ...PLAIN, bands: 3 }));
  rmSync(output, { force: true });
  const { plan } = await planRequest({
    input, output, steps: [{ operation: 'normalize', params: { range: { min: 0, max: 100 }, dtype } }], window: 256,
    creation: await parseCreationOptions(words), overwrite: false, page: 1,
  });
  await runPlan(plan, { target: checkTarget(output, { overwrite: false }), workers: 1, pool: 'inline', queue: { mode: 'bounded', size: 2 } });
  return output;
}
