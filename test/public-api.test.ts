import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as api from '../src/index.js';

/** What a program may import. A name that goes away here breaks someone. */
const VALUES = [
  'EXIT_CODES',
  'EndOfQueue',
  'FormatError',
  'IoError',
  'OrderedQueue',
  'Queue',
  'RastqError',
  'STANDARD_ACCESS',
  'SignalError',
  'UnsupportedError',
  'UsageError',
  'WorkerError',
  'checkTarget',
  'codecByName',
  'createRaster',
  'loadCodecs',
  'loadOperation',
  'openRaster',
  'operationNames',
  'parseCreationOptions',
  'planRequest',
  'prepareOutput',
  'prepareTarget',
  'run',
  'runPlan',
  'standardQueueSize',
];

const TYPES = [
  'Access',
  'Accumulator',
  'AtomicTarget',
  'BandType',
  'Codec',
  'CreateOptions',
  'CreationOptions',
  'DType',
  'Decoder',
  'Encoder',
  'ErrorKind',
  'Footprint',
  'Kernel',
  'Mask',
  'Measure',
  'NewRasterFile',
  'Nodata',
  'OpenOptions',
  'Operation',
  'OutputType',
  'ParamSpec',
  'Params',
  'Pixels',
  'Plan',
  'PlanImage',
  'PlanInput',
  'PlanOutput',
  'Planned',
  'PoolKind',
  'Profile',
  'QueueMode',
  'QueueOptions',
  'Raster',
  'ReferenceSystem',
  'Report',
  'Request',
  'Result',
  'RunOptions',
  'RunSettings',
  'RunTotals',
  'S3Access',
  'S3Target',
  'Size',
  'SourceSnapshot',
  'Step',
  'StepWish',
  'Target',
  'Transform',
  'Window',
  'WindowPixels',
];

/** The names that a source exports, by its `export { … } from` and `export type { … } from`. */
function exportedNames(source: string): { values: string[]; types: string[] } {
  const values: string[] = [];
  const types: string[] = [];
  for (const [, typeOnly, list] of source.matchAll(/export (type )?\{([^}]*)\} from/g)) {
    for (const name of (list ?? '').split(',').map((word) => word.trim())) {
      if (name === '') continue;
      if (typeOnly !== undefined || name.startsWith('type ')) types.push(name.replace(/^type /, ''));
      else values.push(name);
    }
  }
  return { values: values.sort(), types: types.sort() };
}

test('the package exports these values', () => assert.deepEqual(Object.keys(api).sort(), [...VALUES].sort()));

test('the source names all of them, and these types', () => {
  const { values, types } = exportedNames(readFileSync(new URL('../../src/index.ts', import.meta.url), 'utf8'));
  assert.deepEqual(values, [...VALUES].sort());
  assert.deepEqual(types, [...TYPES].sort());
});

/** What the package's `exports` lead to: every name that a program can import, and no other one. */
async function exportedPaths(): Promise<string[]> {
  const root = new URL('../../', import.meta.url);
  const files = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  const candidates = files
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const path = name.slice(0, -'.ts'.length);
      return [path, path.replace(/^ops\//, 'operations/')];
    });
  const found: string[] = [];
  for (const path of new Set(candidates)) {
    try {
      import.meta.resolve(`rastq/${path}`);
    } catch {
      continue;
    }
    found.push(path);
  }
  return found.sort();
}

test('operations and codecs are values by their paths, and nothing else is to be had', async () => {
  const codecs = await api.loadCodecs();
  const wanted = [...api.operationNames().map((name) => `operations/${name}`), ...codecs.map(({ name }) => `codecs/${name}`)];
  assert.deepEqual(await exportedPaths(), wanted.sort());
  for (const name of api.operationNames()) {
    assert.equal(((await import(`rastq/operations/${name}`)) as { default: unknown }).default, await api.loadOperation(name));
  }
  for (const codec of codecs) assert.equal(((await import(`rastq/codecs/${codec.name}`)) as { default: unknown }).default, codec);
});

test('exit codes are fixed', () => {
  assert.deepEqual({ ...api.EXIT_CODES }, { UsageError: 2, UnsupportedError: 3, FormatError: 4, IoError: 5, WorkerError: 6 });
});
