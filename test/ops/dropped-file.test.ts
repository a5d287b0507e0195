import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { hills } from '../../fixtures/pixels.js';
import { sampleAt, type TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { temporaryFolder } from '../oracle/support/folder.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** A copy of what is built, with a file more. */
const copy = temporaryFolder();

/** A new operation, as one would write it into src/ops. */
const SOURCE = `
import { mapSamples } from './loops/map-samples.js';
import { type Operation, PIXEL } from './operation.js';
import { dtypeParam, everyBand, nodataParam, numberParam } from './params.js';

export default {
  name: 'mirror-values',
  summary: 'Take values from a number.',
  params: {
    from: numberParam('from', { placeholder: 'V', help: 'the number they are taken from', standard: 100, examples: ['7.5'] }),
    dtype: dtypeParam(undefined),
    nodata: nodataParam,
  },
  footprint: () => PIXEL,
  describe: (input, { dtype = input.dtype, nodata }: any) => ({ bands: everyBand(input.bands), dtype, range: undefined, nodata, keepsValues: false }),
  open: (input, output, { from }: any) => mapSamples(input, output, (value) => from - value),
} satisfies Operation;
`;

const SPEC: TiffSpec = { width: 70, height: 50, bands: 2, dtype: 'int16', pixel: hills(-90, 90), layout: { tile: { width: 32, height: 32 } } };

/** Runs node in the copy, as somebody at a shell would: not as a part of this test. */
function run(...words: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const env = { ...process.env };
  delete env['NODE_TEST_CONTEXT'];
  return spawnSync(process.execPath, words, { cwd: copy, encoding: 'utf8', env });
}

const rastq = (...words: string[]): ReturnType<typeof run> => run('dist/src/cli/main.js', ...words);

describe('one new file in the folder of operations', () => {
  before(() => {
    for (const part of ['src', 'test', 'fixtures']) cpSync(join(ROOT, 'dist', part), join(copy, 'dist', part), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
    const { outputText } = ts.transpileModule(SOURCE, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true } });
    writeFileSync(join(copy, 'dist/src/ops/mirror-values.js'), outputText);
    writeFileSync(join(copy, 'in.tif'), writeTiff(SPEC));
  });

  test('is a subcommand', async () => {
    const { status, stderr } = rastq('mirror-values', 'in.tif', 'out.tif', '--from', '5');
    assert.equal(status, 0, stderr);
    const { bands } = await readByGeotiff(join(copy, 'out.tif'));
    bands.forEach((samples, band) => samples.forEach((value, i) => assert.equal(value, 5 - sampleAt(SPEC, band, Math.floor(i / 70), i % 70))));
  });

  test('is in the help, and has one', () => {
    assert.match(rastq('--help').stdout, /mirror-values .*Take values from a number\./);
    assert.match(rastq('mirror-values', '--help').stdout, /--from <V>\s+the number they are taken from \(default: 100\)/);
    assert.match(rastq('ops').stdout, /^mirror-values +Take values from a number\.\n +from=V/m);
  });

  test('is a step of chains', async () => {
    const { status, stderr } = rastq('run', 'in.tif', 'chained.tif', '--op', 'mirror-values', '--op', 'mirror-values:from=100');
    assert.equal(status, 0, stderr);
    const { bands } = await readByGeotiff(join(copy, 'chained.tif'));
    bands.forEach((samples, band) => samples.forEach((value, i) => assert.equal(value, sampleAt(SPEC, band, Math.floor(i / 70), i % 70))));
  });

  for (const file of ['ops', 'pipeline']) {
    test(`is put to the property tests of ${file}`, () => {
      const { status, stdout } = run('--test', '--test-reporter=tap', '--test-name-pattern=mirror-values', `dist/test/${file}/operations.test.js`);
      assert.equal(status, 0, stdout);
      const laws = stdout.split(/^# Subtest: the laws of [a-z]+: mirror-values$/m)[1];
      assert.ok(laws !== undefined, stdout);
      assert.match(laws, /^ +ok 1 - /m);
    });
  }
});
