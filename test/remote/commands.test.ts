import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fixturePath } from '../oracle/support/run.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { serveBytes } from './support/fault-server.js';

const SCENE = fixturePath('scene.tif');
const scene = new Uint8Array(readFileSync(SCENE));

describe('every command takes a remote raster as it takes a local one', () => {
  test('stats', async (t) => {
    const { url } = await serveBytes(t, scene);
    const bandsOf = async (input: string): Promise<unknown> => (JSON.parse((await runCli(['stats', input, '--json', '-j', '2'])).stdout) as { bands: unknown }).bands;
    assert.deepEqual(await bandsOf(url), await bandsOf(SCENE));
  });

  test('run, with a pass for a measure in the middle', async (t) => {
    const folder = new Folder(t);
    const { url } = await serveBytes(t, scene);
    const chain = ['--op', 'sharpen', '--op', 'normalize', '--window', '100'];
    for (const pool of ['inline', 'threads', 'processes']) {
      for (const [input, output] of [[SCENE, 'local.tif'], [url, 'remote.tif']]) {
        assertSilentSuccess(await runCli(['run', input, folder.at(output), ...chain, '--pool', pool, '-j', '2', '--overwrite']));
      }
      assert.ok(readFileSync(folder.at('remote.tif')).equals(readFileSync(folder.at('local.tif'))), pool);
    }
  });

  test('calc of a remote and a local raster', async (t) => {
    const folder = new Folder(t);
    const { url } = await serveBytes(t, scene);
    for (const [input, output] of [[SCENE, 'local.tif'], [url, 'remote.tif']]) {
      assertSilentSuccess(await runCli(['calc', folder.at(output), '--expr', 'b1 + a.b1', '--input', input, '--input', `a=${SCENE}`]));
    }
    assert.ok(readFileSync(folder.at('remote.tif')).equals(readFileSync(folder.at('local.tif'))));
  });

  test('many inputs: an output is called as the last part of the path, without the query', async (t) => {
    const folder = new Folder(t);
    const { url } = await serveBytes(t, scene);
    const named = new URL(url);
    named.search = '?signature=secret';
    assertSilentSuccess(await runCli(['normalize', '--out-dir', folder.at('out'), named.href]));
    assertSilentSuccess(await runCli(['normalize', SCENE, folder.at('local.tif')]));
    const name = named.pathname.split('/').at(-1)!;
    assert.ok(readFileSync(folder.at(`out/${name}`)).equals(readFileSync(folder.at('local.tif'))));
  });

  test('standard input has no name for --out-dir', async (t) => {
    assert.match(failureOf(await runCli(['normalize', '--out-dir', new Folder(t).at('out'), '-']), 2), /standard input has no name/);
  });
});
