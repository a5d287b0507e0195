import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path/posix';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadCodecs } from '../src/codecs/load.js';
import { operationNames } from '../src/ops/load.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replaceAll('\\', '/');
const SRC = join(ROOT, 'src');

/** One import: of a file of `src/`, by its path there, or of a package, by its name. */
interface Import {
  readonly from: string;
  readonly file: string | null;
  readonly module: string;
  /** Whether it is gone once the types are. */
  readonly typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'));
const sources = new Map(files.map((file) => [file, withoutComments(readFileSync(join(SRC, file), 'utf8'))]));
const imports = files.flatMap((file) => importsOf(file, sources.get(file)!));

function withoutComments(source: string): string {
  return source.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/^\s*\/\/.*$/gm, '');
}

function importsOf(from: string, source: string): Import[] {
  const fixed = [...source.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*\sfrom\s)?\s*'([^']+)';/gm)];
  const later = [...source.matchAll(/\bimport\('([^']+)'\)/g)].map(([all, module]) => [all, undefined, module]);
  return [...fixed, ...later].map(([, type, module = '']) => {
    const file = module.startsWith('.') ? relative(SRC, join(SRC, dirname(from), module)).replace(/\.js$/, '.ts').replace(/\.as$/, '.as.ts') : null;
    return { from, file, module, typeOnly: type !== undefined };
  });
}

/** The layer of a file: its folder in `src/`, or its own name at the top. */
const layerOf = (file: string): string => file.split('/')[0].replace(/\.ts$/, '');

const BELOW_TIFF = ['errors', 'load-module', 'raster', 'io', 'kernels', 'codecs'];
const BELOW_PIPELINE = [...BELOW_TIFF, 'ops', 'tiff'];

/** What each layer may import beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  'load-module': [],
  raster: ['errors'],
  io: ['errors', 'raster'],
  codecs: ['errors', 'load-module', 'raster', 'kernels'],
  kernels: ['errors', 'raster'],
  ops: ['errors', 'load-module', 'raster', 'kernels'],
  tiff: BELOW_TIFF,
  pools: BELOW_PIPELINE,
  pipeline: [...BELOW_PIPELINE, 'pools'],
  report: [...BELOW_PIPELINE, 'pools', 'pipeline'],
  library: [...BELOW_PIPELINE, 'pools', 'pipeline', 'report'],
  thumbnails: [...BELOW_PIPELINE, 'pools', 'pipeline'],
  cli: [...BELOW_PIPELINE, 'pools', 'pipeline', 'report', 'thumbnails'],
  index: [...BELOW_PIPELINE, 'pools', 'pipeline', 'report', 'library'],
};

const told = ({ from, module }: Import): string => `${from} imports ${module}`;

describe('imports point downwards', () => {
  for (const layer of [...new Set(files.map(layerOf))].sort()) {
    test(layer, () => {
      const allowed = MAY_IMPORT[layer];
      assert.ok(allowed, `src/${layer} has no place among the layers`);
      const wrong = imports.filter(({ from, file }) => layerOf(from) === layer && file !== null && ![layer, ...allowed].includes(layerOf(file)));
      assert.deepEqual(wrong.map(told), []);
    });
  }

  test('nobody imports an operation or a codec by its file: they are found by name', async () => {
    const codecs = (await loadCodecs()).map(({ name }) => `codecs/${name}.ts`);
    const named = new Set([...operationNames().map((name) => `ops/${name}.ts`), ...codecs]);
    // One codec may stand on another: LERC's bytes can be deflated once more.
    const strangers = imports.filter(({ from, file }) => file !== null && named.has(file) && layerOf(from) !== layerOf(file));
    assert.deepEqual(strangers.map(told), []);
  });

  test('to files that are there', () => {
    assert.deepEqual(imports.filter(({ file }) => file !== null && !sources.has(file)).map(told), []);
  });
});

/** The package of a module: `name/file` is of `name`, `@scope/name/file` of `@scope/name`. */
const packageOf = (module: string): string => module.split('/').slice(0, module.startsWith('@') ? 2 : 1).join('/');

const ofPackage = (name: string): Import[] => imports.filter(({ file, module }) => file === null && packageOf(module) === name);

describe('packages', () => {
  for (const name of ['commander', 'pino', 'pino-pretty', 'cli-progress']) {
    test(`${name} is the command line's alone`, () => {
      assert.deepEqual(ofPackage(name).filter(({ from }) => layerOf(from) !== 'cli').map(told), []);
    });
  }

  test('sharp is for thumbnails alone', () => {
    assert.deepEqual(ofPackage('sharp').filter(({ from }) => layerOf(from) !== 'thumbnails').map(told), []);
  });

  test('ndarray is behind raster/', () => {
    const atRunTime = ofPackage('ndarray').filter(({ typeOnly }) => !typeOnly);
    assert.deepEqual(atRunTime.filter(({ from }) => layerOf(from) !== 'raster'), []);
    assert.ok(atRunTime.length > 0);
  });

  test('geotiff is for tests', () => assert.deepEqual(ofPackage('geotiff').map(told), []));

  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  test('are installed with the program', () => {
    const packages = imports.filter(({ file, module }) => file === null && !module.startsWith('node:'));
    assert.deepEqual(packages.filter(({ module }) => !Object.hasOwn(dependencies, packageOf(module))).map(told), []);
  });

  test('are all in use', () => {
    const isNamed = (name: string): boolean => [...sources.values()].some((source) => source.includes(`'${name}'`) || source.includes(`'${name}/`));
    // Types of others' packages are part of ours, for they are in its declarations.
    const named = Object.keys(dependencies).map((name) => name.replace('@types/', ''));
    assert.deepEqual(named.filter((name) => !isNamed(name)), []);
  });
});

test('every file is in use', () => {
  const inUse = new Set(['index.ts', 'cli/main.ts', 'cli/start.ts', ...imports.map(({ file }) => file)]);
  for (const [from, source] of sources) {
    // Files that are started by name: threads, processes, stages.
    for (const [, module = ''] of source.matchAll(/'(\.\.?\/[^']+\.js)'/g)) inUse.add(relative(SRC, join(SRC, dirname(from), module)).replace(/\.js$/, '.ts'));
  }
  // Found by their folder's listing.
  for (const file of files) if (/^(ops|codecs)\/[^/]+$/.test(file)) inUse.add(file);
  // AssemblyScript is compiled by its folder's listing, and called by what has its name.
  const isKernel = (file: string): boolean => /^kernels\/[^/]*\.as\.ts$/.test(file) && inUse.has(file.replace('.as.ts', '.ts'));
  assert.deepEqual(files.filter((file) => !inUse.has(file) && !file.endsWith('.d.ts') && !isKernel(file)), []);
});
