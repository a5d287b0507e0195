import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRaster, openRaster, planRequest, run, STANDARD_ACCESS, UsageError } from '../../src/index.js';
import { Folder } from '../support/folder.js';
import { pathOf } from './support.js';

const SCENE = pathOf('scene.tif');
const STEPS = [{ operation: 'normalize' }];

/** What no compiler lets through. */
type Anything = Readonly<Record<string, unknown>>;

const refused = (called: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(called, (error: unknown) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.equal(error.exitCode, 2);
    assert.match(error.message, message);
    return true;
  });

const SETTINGS: readonly (readonly [Anything, RegExp])[] = [
  [{ pool: 'bogus' }, /^run: pool is 'bogus', wanted 'threads' or 'processes' or 'inline'$/],
  [{ workers: 0 }, /^run: workers is 0, wanted a whole number from 1 to 1024$/],
  [{ queue: { size: 0 } }, /^run: queue\.size is 0, wanted a whole number from 1/],
  [{ queue: { size: -1 } }, /queue\.size is -1/],
  [{ queue: { size: NaN } }, /queue\.size is NaN/],
  [{ queue: { mode: 'zz' } }, /^run: queue\.mode is 'zz', wanted 'bounded' or 'none'$/],
  [{ queue: 3 }, /^run: queue is 3, wanted an object$/],
  [{ maxMemory: NaN }, /^run: maxMemory is NaN, wanted a number of bytes above 0$/],
  [{ maxMemory: '500M' }, /maxMemory is '500M'/],
  [{ endurance: { retries: -1 } }, /^run: endurance\.retries is -1, wanted/],
  [{ endurance: { timeoutMs: NaN } }, /^run: endurance\.timeoutMs is NaN, wanted/],
  [{ access: { retries: 1 } }, /^run: access\.connections is undefined, wanted/],
  [{ overwrite: 'yes' }, /^run: overwrite is 'yes', wanted true or false$/],
  [{ signal: {} }, /^run: signal is {}, wanted an AbortSignal$/],
  [{ onProgress: 1 }, /^run: onProgress is 1, wanted a function$/],
];

const REQUESTS: readonly (readonly [Anything, RegExp])[] = [
  [{ page: 0 }, /^planRequest: page is 0, wanted a whole number from 1/],
  [{ input: 3 }, /^planRequest: input is 3, wanted a text$/],
  [{ output: undefined }, /^planRequest: output is undefined, wanted a text$/],
  [{ steps: undefined }, /^planRequest: steps is undefined, wanted a list of/],
  [{ steps: [{}] }, /^planRequest: steps is /],
  [{ expand: 'zz' }, /^planRequest: expand is 'zz', wanted 'rgb'$/],
  [{ creation: 'COMPRESS=DEFLATE' }, /^planRequest: creation is 'COMPRESS=DEFLATE', wanted a list of texts 'KEY=VALUE'/],
  [{ cog: true }, /^planRequest: cog is true, wanted an object$/],
  [{ cog: { resampling: 'zz' } }, /^planRequest: cog\.resampling is 'zz', wanted 'average' or/],
  [{ access: { ...STANDARD_ACCESS, timeoutMs: NaN } }, /^planRequest: access\.timeoutMs is NaN, wanted/],
];

const OPENINGS: readonly (readonly [Anything, RegExp])[] = [
  [{ page: 0 }, /^openRaster: page is 0, wanted/],
  [{ expand: 'zz' }, /^openRaster: expand is 'zz', wanted 'rgb'$/],
  [{ access: { retries: 1 } }, /^openRaster: access\.connections is undefined, wanted a whole number from 1 to 1024$/],
];

const CREATIONS: readonly (readonly [Anything, RegExp])[] = [
  [{ transform: [1, 2] }, /^createRaster: transform is \[ 1, 2 \], wanted six numbers, or null$/],
  [{ transform: [0, 1, 0, 0, 0, NaN] }, /transform is/],
  [{ nodata: NaN }, /^createRaster: nodata is NaN, wanted a number, 'nan', 'inf', '-inf' or null$/],
  [{ nodata: 'none' }, /nodata is 'none', wanted/],
  [{ crs: { epsg: 'x', kind: 'projected' } }, /^createRaster: crs\.epsg is 'x', wanted a whole number from 1 to 65535$/],
  [{ crs: { epsg: 'x' } }, /crs\.epsg is 'x'/],
  [{ crs: { epsg: 32633 } }, /^createRaster: crs\.kind is undefined, wanted/],
  [{ creation: 'COMPRESS=DEFLATE' }, /^createRaster: creation is 'COMPRESS=DEFLATE', wanted a list of texts 'KEY=VALUE'$/],
  [{ crs: { epsg: null, kind: 'other' } }, /out\.tif: crs\.epsg is null, wanted an EPSG code: .* like$/],
  [{ waitingBytes: NaN }, /^createRaster: waitingBytes is NaN, wanted/],
  [{ like: 'in.tif' }, /^createRaster: like is 'in.tif', wanted what openRaster gives$/],
];

describe('options that cannot be are refused by name, before anything is made', () => {
  test('run', async (t) => {
    const folder = new Folder(t);
    const planned = await planRequest({ input: SCENE, output: folder.at('out.tif'), steps: STEPS });
    for (const [settings, message] of SETTINGS) await refused(run(planned, settings), message);
    for (const wrong of [undefined, null, {}, 'plan', { plan: undefined }, { ...planned, plan: {} }]) await refused(run(wrong as never), /^run: the plan is .*, wanted what planRequest gives$/);
    await refused(run({ plan: planned.plan } as never), /^run: snapshots is undefined, wanted a list$/);
    await refused(run(planned, null as never), /^run: settings is null, wanted an object$/);
    assert.deepEqual(folder.list(), []);
  });

  test('planRequest', async (t) => {
    const folder = new Folder(t);
    const request = { input: SCENE, output: folder.at('out.tif'), steps: STEPS };
    for (const [wrong, message] of REQUESTS) await refused(planRequest({ ...request, ...wrong }), message);
    await refused(planRequest(undefined as never), /^planRequest: request is undefined, wanted an object$/);
  });

  test('openRaster', async () => {
    for (const [options, message] of OPENINGS) await refused(openRaster(SCENE, options), message);
    for (const location of [3, undefined, '']) await refused(openRaster(location as string), /^openRaster: the location is .*, wanted a text$/);
  });

  test('createRaster', async (t) => {
    const folder = new Folder(t);
    const raster = { width: 10, height: 10, bands: 1, dtype: 'uint8' } as const;
    for (const [options, message] of CREATIONS) await refused(createRaster(folder.at('out.tif'), { ...raster, ...options }), message);
    for (const location of [3, undefined]) await refused(createRaster(location as unknown as string, raster), /^createRaster: the location is .*, wanted a text$/);
    await refused(createRaster('http://user:secret@127.0.0.1/out.tif', raster), /^createRaster: the location is http:\/\/127\.0\.0\.1\/out\.tif, wanted a path or an s3:\/\/ URL$/);
    await refused(createRaster(folder.at('out.tif'), undefined as never), /^createRaster: options is undefined, wanted an object$/);
    assert.deepEqual(folder.list(), []);
  });
});

test('a run of a COG is not gone on with, also where it was not planned so', async (t) => {
  const folder = new Folder(t);
  const { plan } = await planRequest({ input: SCENE, output: folder.at('out.tif'), steps: STEPS, cog: { resampling: 'average' } });
  await refused(run(plan, { resume: true }), /^--resume: a COG/);
  assert.deepEqual(folder.list(), []);
});

test('what a COG leaves out is the standard', async (t) => {
  const request = { input: SCENE, output: new Folder(t).at('out.tif'), steps: STEPS };
  const { plan } = await planRequest({ ...request, cog: {} });
  assert.deepEqual(plan, (await planRequest({ ...request, cog: { resampling: 'average' } })).plan);
  assert.equal(plan.output.cog?.resampling, 'average');
});

test('a reference system that was read is one to write', async (t) => {
  const folder = new Folder(t);
  const from = await openRaster(SCENE);
  const file = await createRaster(folder.at('out.tif'), { width: 9, height: 9, bands: 1, dtype: 'uint8', transform: from.transform, crs: from.crs });
  await file.close();
  const made = await openRaster(folder.at('out.tif'));
  assert.deepEqual([made.crs?.epsg, made.crs?.kind, made.transform], [from.crs?.epsg, from.crs?.kind, from.transform]);
  await made.close();
  await from.close();
});

test('what endurance leaves out is the standard', async (t) => {
  const folder = new Folder(t);
  const { plan } = await planRequest({ input: SCENE, output: folder.at('out.tif'), steps: STEPS });
  for (const endurance of [{}, { retries: 1 }, { timeoutMs: 60_000 }, { retries: undefined, timeoutMs: undefined }]) {
    await run(plan, { pool: 'threads', workers: 1, overwrite: true, endurance });
  }
  assert.deepEqual(folder.list(), ['out.tif']);
});
