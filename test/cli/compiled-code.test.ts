import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { codePath, compileProgram } from '../../src/cli/compiled-code.js';
import { fixturePath } from '../oracle/support/run.js';
import { assertSilentSuccess, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = join(ROOT, 'dist/bundle/cli/main.js');

describe('the code that the build kept of the command line', () => {
  test('is taken by the V8 that built it', () => {
    assert.equal(compileProgram(MAIN).cachedDataRejected, false);
  });

  const code = (): Buffer => readFileSync(codePath(MAIN));
  const CASES: readonly (readonly [what: string, bytes: () => Uint8Array | null])[] = [
    ['is not there', () => null],
    ['is empty', () => Buffer.alloc(0)],
    ['was cut off', () => code().subarray(0, 100_000)],
    ['is another V8\'s', () => Buffer.concat([Buffer.alloc(16), code().subarray(16)])],
  ];
  for (const [what, bytes] of CASES) {
    test(`${what}: the program does the same without it`, async (t) => {
      const folder = new Folder(t);
      for (const path of ['package.json', 'node_modules', 'dist/src']) {
        mkdirSync(dirname(folder.at(path)), { recursive: true });
        symlinkSync(join(ROOT, path), folder.at(path));
      }
      const own = folder.at('dist/bundle/cli');
      mkdirSync(own, { recursive: true });
      for (const name of ['start.js', 'main.js', 'package.json']) copyFileSync(join(dirname(MAIN), name), join(own, name));
      const kept = bytes();
      if (kept !== null) writeFileSync(join(own, basename(codePath(MAIN))), kept);
      const { status, stderr } = spawnSync(process.execPath, [join(own, 'start.js'), 'normalize', fixturePath('scene.tif'), folder.at('out.tif')], { encoding: 'utf8' });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      assertSilentSuccess(await runCli(['normalize', fixturePath('scene.tif'), folder.at('expected.tif')]));
      assert.deepEqual(folder.read('out.tif'), folder.read('expected.tif'));
    });
  }
});
