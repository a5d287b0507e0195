import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { FIXTURES_FOLDER } from '../../fixtures/fixture.js';
import { hills, noise } from '../../fixtures/pixels.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { fileURLToPath } from 'node:url';
import { createRaster, openRaster, type RastqError } from '../../src/index.js';
import { fixturePath } from '../oracle/support/run.js';
import { until } from '../support/children.js';
import { assertSilentSuccess, failureOf, runCli, startCli } from '../support/cli.js';
import { Gate, SMALL_TASKS, withPatience } from '../support/faults.js';
import { Folder } from '../support/folder.js';
import { missingServers, s3Environment, type Servers, startServers } from './support/servers.js';
import { Store } from './support/store.js';

const BUCKET = 'rasters';

describe('real servers', { skip: missingServers }, () => {
  const servers: Servers | undefined = missingServers === false ? startServers() : undefined;
  if (servers === undefined) return;
  after(() => servers.stop());
  const env = s3Environment(servers);
  const watchdogMs = 180_000;
  const store = new Store(servers.s3, BUCKET);
  after(() => store.client.destroy());
  const ready = store.create();
  // Whoever puts something there hears of its failure.
  ready.catch(() => undefined);
  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    await ready;
    await store.put(key, bytes);
  };
  const assertNoUploads = async (): Promise<void> => assert.deepEqual(await store.uploads(), []);
  const scene = fixturePath('scene.tif');

  const fixtures = fileURLToPath(FIXTURES_FOLDER);
  for (const name of readdirSync(fixtures).filter((file) => file.endsWith('.tif'))) {
    test(`the same bytes from HTTP: ${name}`, async (t) => {
      const folder = new Folder(t);
      copyFileSync(join(fixtures, name), join(servers.www, name));
      assertSilentSuccess(await runCli(['normalize', join(fixtures, name), folder.at('local.tif'), '--quiet'], { watchdogMs }));
      assertSilentSuccess(await runCli(['normalize', `${servers.http}/${name}`, folder.at('out.tif'), '--quiet'], { watchdogMs }));
      assert.ok(readFileSync(folder.at('out.tif')).equals(readFileSync(folder.at('local.tif'))));
    });
  }

  test('the same bytes from S3 to S3, in several parts', async (t) => {
    const folder = new Folder(t);
    const file = writeTiff({
      width: 3000, height: 2100, bands: 3, dtype: 'uint16', layout: { tile: { width: 256, height: 256 } }, compression: 'none',
      pixel: (band, row, col) => Math.floor(hills(0, 60000)(band, row, col) * (0.9 + 0.1 * noise(band, row, col))),
    });
    writeFileSync(folder.at('in.tif'), file);
    await put('in.tif', file);
    assertSilentSuccess(await runCli(['normalize', folder.at('in.tif'), folder.at('local.tif')], { watchdogMs }));
    const run = await runCli(['normalize', `s3://${BUCKET}/in.tif`, `s3://${BUCKET}/out.tif`, '--json'], { env, watchdogMs });
    assertSilentSuccess(run);
    const { memory } = JSON.parse(run.stdout) as { memory: { plannedBytes: number; peakBytes: number } };
    assert.ok(memory.peakBytes <= memory.plannedBytes, `${memory.peakBytes} bytes of memory, ${memory.plannedBytes} planned`);
    const local = readFileSync(folder.at('local.tif'));
    assert.ok(local.length > 3 * 8 * 2 ** 20, `${local.length} bytes make too few parts`);
    assert.ok((await store.get('out.tif')).equals(local));
    await assertNoUploads();
    const compared = await runCli(['compare', `s3://${BUCKET}/out.tif`, folder.at('local.tif')], { env, watchdogMs });
    assertSilentSuccess(compared);
  });

  test('the same bytes of a COG, whose overviews have the first parts', async (t) => {
    const folder = new Folder(t);
    const spec = {
      width: 2900, height: 2700, bands: 3, dtype: 'uint16', layout: { tile: { width: 256, height: 256 } }, compression: 'none',
      pixel: (band: number, row: number, col: number) => (band * 10_007 + row * 31 + col * 7) % 60_000,
    } as const;
    for (const [name, size] of [['large', {}], ['small', { width: 700, height: 300 }], ['tile', { width: 300, height: 300 }]] as const) {
      writeFileSync(folder.at('in.tif'), writeTiff({ ...spec, ...size }));
      await ready;
      const words = ['normalize', folder.at('in.tif'), '--of', 'COG', '--overwrite'];
      assertSilentSuccess(await runCli([...words.slice(0, 2), folder.at('local.tif'), ...words.slice(2)], { watchdogMs }));
      assertSilentSuccess(await runCli([...words.slice(0, 2), `s3://${BUCKET}/${name}-cog.tif`, ...words.slice(2)], { env, watchdogMs }));
      const local = readFileSync(folder.at('local.tif'));
      if (name === 'large') assert.ok(local.length > 60e6, `${local.length} bytes make too few parts`);
      assert.ok((await store.get(`${name}-cog.tif`)).equals(local), name);
      await assertNoUploads();
    }
  });

  test('openRaster and createRaster take s3:// as they take files', async (t) => {
    const before = { ...process.env };
    t.after(() => (process.env = before));
    Object.assign(process.env, env);
    await put('scene.tif', readFileSync(scene));
    const [local, remote] = [await openRaster(scene), await openRaster(`s3://${BUCKET}/scene.tif`)];
    try {
      assert.deepEqual(remote.profile, local.profile);
      const { width, height } = local.profile;
      for (const window of [{ col: 0, row: 0, width: 1, height: 1 }, { col: 70, row: 30, width: 150, height: 61 }, { col: 0, row: 0, width, height }]) {
        assert.deepEqual((await remote.read(window)).data, (await local.read(window)).data);
      }
      const made = `s3://${BUCKET}/made.tif`;
      const raster = await createRaster(made, { like: remote, overwrite: true });
      await raster.write({ col: 0, row: 0, width, height }, await remote.read({ col: 0, row: 0, width, height }));
      await raster.close();
      const folder = new Folder(t);
      writeFileSync(folder.at('made.tif'), await store.get('made.tif'));
      assertSilentSuccess(await runCli(['compare', folder.at('made.tif'), scene]));
      await assertNoUploads();
    } finally {
      await Promise.all([local.close(), remote.close()]);
    }
    await assert.rejects(openRaster(`s3://${BUCKET}/none.tif`), (error: RastqError) => error.exitCode === 5 && /there is no such object/.test(error.message));
  });

  test('a run that is stopped leaves neither object nor upload', async (t) => {
    await ready;
    const gate = new Gate(new Folder(t));
    const run = startCli(['normalize', scene, `s3://${BUCKET}/stopped.tif`, ...SMALL_TASKS, '-j', '2'], { env: { ...env, ...withPatience(gate.env) }, watchdogMs });
    await gate.held(run);
    await until('an upload is begun', async () => (await store.uploads()).length === 1, run.hasEnded);
    run.kill('SIGTERM');
    failureOf(await run.ended, 143);
    await assertNoUploads();
    await assert.rejects(store.get('stopped.tif'), { name: 'NoSuchKey' });
  });

  const refusals: readonly [string, readonly [string, string], NodeJS.ProcessEnv, number, RegExp][] = [
    ['no bucket to read from', ['s3://nothing-here/in.tif', 'out.tif'], {}, 5, /there is no such bucket/],
    ['no bucket to write to', [scene, 's3://nothing-here/out.tif'], {}, 5, /there is no such bucket/],
    ['no such key', [`s3://${BUCKET}/none.tif`, 'out.tif'], {}, 5, /there is no such object/],
    ['a wrong secret, reading', [`s3://${BUCKET}/scene.tif`, 'out.tif'], { AWS_SECRET_ACCESS_KEY: 'wrong' }, 5, /AWS_SECRET_ACCESS_KEY/],
    ['a wrong secret, writing', [scene, `s3://${BUCKET}/out2.tif`], { AWS_SECRET_ACCESS_KEY: 'wrong' }, 5, /AWS_SECRET_ACCESS_KEY/],
    ['no permission, reading', [`s3://${BUCKET}/scene.tif`, 'out.tif'], { AWS_ACCESS_KEY_ID: 'test:other', AWS_SECRET_ACCESS_KEY: 'others' }, 5, /no permission/],
    ['no permission, writing', [scene, `s3://${BUCKET}/out2.tif`], { AWS_ACCESS_KEY_ID: 'test:other', AWS_SECRET_ACCESS_KEY: 'others' }, 5, /no permission/],
    ['an object that is there', [scene, `s3://${BUCKET}/scene.tif`], {}, 2, /exists already, give --overwrite/],
    ['no such host', ['https://nobody.invalid/in.tif', 'out.tif'], {}, 5, /no such host/],
    ['TLS with a server that has none', [`${servers.http.replace('http:', 'https:')}/scene.tif`, 'out.tif'], {}, 5, /does not speak TLS/],
    ['no such file', [`${servers.http}/none.tif`, 'out.tif'], {}, 5, /there is no such file/],
    ['a file that may not be read', [`${servers.http}/secret/scene.tif`, 'out.tif'], {}, 5, /no permission/],
    ['a server without ranges', [`${servers.http}/whole/scene.tif`, 'out.tif'], {}, 3, /give --spool/],
  ];
  for (const [name, [input, output], more, code, words] of refusals) {
    test(`refused: ${name}`, async (t) => {
      const folder = new Folder(t);
      await put('scene.tif', readFileSync(scene));
      copyFileSync(scene, join(servers.www, 'scene.tif'));
      const result = await runCli(['normalize', input, output, '--retries', '1'], { cwd: folder.at('.'), env: { ...env, ...more }, watchdogMs });
      assert.match(failureOf(result, code), words);
      assert.deepEqual(folder.list(), []);
    });
  }

  test('a server without ranges serves a whole copy', async (t) => {
    const folder = new Folder(t);
    copyFileSync(scene, join(servers.www, 'scene.tif'));
    assertSilentSuccess(await runCli(['normalize', scene, folder.at('local.tif')]));
    assertSilentSuccess(await runCli(['normalize', `${servers.http}/whole/scene.tif`, folder.at('out.tif'), '--spool', '--spool-dir', folder.at('.')]));
    assert.ok(readFileSync(folder.at('out.tif')).equals(readFileSync(folder.at('local.tif'))));
    assert.deepEqual(folder.list(), ['local.tif', 'out.tif']);
  });

  test('nothing beside a remote input is asked for, unless that is wanted', async (t) => {
    const folder = new Folder(t);
    copyFileSync(scene, join(servers.www, 'alone.tif'));
    const asked = (): string[] => [...readFileSync(servers.log, 'utf8').matchAll(/"GET (\/alone\S*)/g)].map(([, path]) => path);
    assertSilentSuccess(await runCli(['normalize', `${servers.http}/alone.tif`, folder.at('a.tif')], { watchdogMs }));
    assert.deepEqual([...new Set(asked())], ['/alone.tif']);
    assertSilentSuccess(await runCli(['normalize', `${servers.http}/alone.tif`, folder.at('b.tif'), '--sidecars'], { watchdogMs }));
    assert.deepEqual([...new Set(asked())].sort(), ['/alone.tif', '/alone.tif.aux.xml', '/alone.tif.msk', '/alone.tif.ovr']);
  });
});
