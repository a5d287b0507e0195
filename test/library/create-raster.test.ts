import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import ndarray from 'ndarray';
import { createRaster, type CreateOptions, openRaster, planRequest, run, UsageError, type Window } from '../../src/index.js';
import { gridWindows } from '../../src/raster/grid.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { missingModules, runPython } from '../oracle/support/python.js';
import { assertSilentSuccess, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { FIXTURES, pathOf, randomNumbers, shuffled } from './support.js';

/** Writes what a command has written once more, window by window, in some order. */
async function copyOf(made: string, input: string, output: string, { windows, ...options }: CreateOptions & { windows: (all: Window[]) => Window[]; edge: number }): Promise<void> {
  const [like, from] = [await openRaster(input), await openRaster(made)];
  const { dtype, bands, width, height, mask, nodata } = from.profile;
  const file = await createRaster(output, { like, dtype, bands, ...(nodata !== null && from.profile.alpha === null && { nodata }), ...options });
  const cell = { width: options.edge, height: options.edge };
  for (const window of windows([...gridWindows({ image: { width, height }, cell })])) {
    await file.write(window, await from.read(window), mask ? await from.readMask(window) : undefined);
  }
  const { bytes } = await file.close();
  assert.equal(bytes, readFileSync(output).length);
  await Promise.all([like.close(), from.close()]);
}

const COMMANDS: readonly { readonly words: readonly string[]; readonly keepsValues: boolean; readonly co?: readonly string[] }[] = [
  { words: ['normalize'], keepsValues: false },
  { words: ['clamp', '--min', '-1000000', '--max', '1000000'], keepsValues: true, co: ['COMPRESS=DEFLATE', 'BLOCKXSIZE=64', 'BLOCKYSIZE=48', 'INTERLEAVE=BAND'] },
  { words: ['normalize', '--dtype', 'float32'], keepsValues: false, co: ['COMPRESS=ZSTD', 'PREDICTOR=3', 'SPARSE_OK=TRUE', 'BIGTIFF=YES'] },
];

describe('the bytes are those of the tool, whatever the order of the windows', { concurrency: 2 }, () => {
  for (const [i, name] of FIXTURES.entries()) {
    test(name, async (t) => {
      const folder = new Folder(t);
      const { words: [command, ...words], keepsValues, co = [] } = COMMANDS[i % COMMANDS.length];
      const creation = co.flatMap((word) => ['--co', word]);
      assertSilentSuccess(await runCli([command, pathOf(name), folder.at('tool.tif'), ...words, ...creation, '-j', '2']));
      const tool = readFileSync(folder.at('tool.tif'));
      const random = randomNumbers(i);
      const orders: readonly (readonly [number, (all: Window[]) => Window[]])[] = [[256, (all) => all], [100, (all) => shuffled(all, random)], [70, (all) => all.reverse()]];
      for (const [edge, windows] of orders) {
        await copyOf(folder.at('tool.tif'), pathOf(name), folder.at('own.tif'), { windows, edge, keepsValues, creation: co, overwrite: true });
        assert.ok(readFileSync(folder.at('own.tif')).equals(tool), `windows of ${edge}`);
      }
      assert.deepEqual(folder.list(), ['own.tif', 'tool.tif']);
    });
  }
});

test('masks and alpha bands are written as the tool writes them', { skip: missingModules('osgeo', 'numpy') }, async (t) => {
  const folder = new Folder(t);
  runPython('rasters.py', { folder: folder.path, scene: pathOf('scene.tif') });
  for (const name of ['masked.tif', 'alpha.tif']) {
    assertSilentSuccess(await runCli(['normalize', folder.at(name), folder.at(`tool-${name}`)]));
    const random = randomNumbers(5);
    await copyOf(folder.at(`tool-${name}`), folder.at(name), folder.at(`own-${name}`), { windows: (all) => shuffled(all, random), edge: 50 });
    assert.ok(readFileSync(folder.at(`own-${name}`)).equals(readFileSync(folder.at(`tool-${name}`))), name);
  }
});

const NEW = { width: 70, height: 50, bands: 2, dtype: 'uint8' } as const;
const all = { col: 0, row: 0, width: NEW.width, height: NEW.height };
const counted = (Kind: typeof Uint8Array | typeof Float64Array = Uint8Array) => ndarray(new Kind(7000).map((_: number, i: number) => i % 251), [2, 50, 70]);

describe('a raster of a program\'s own', () => {
  test('holds what was written, and nodata elsewhere', async (t) => {
    const path = new Folder(t).at('out.tif');
    const file = await createRaster(path, { ...NEW, nodata: 9, creation: ['BLOCKXSIZE=32', 'BLOCKYSIZE=16'] });
    const window = { col: 10, row: 20, width: 30, height: 25 };
    await file.write(window, counted().lo(0, 20, 10).hi(2, 25, 30));
    assert.equal(existsSync(path), false);
    await file.close();
    const { bands, nodata, tile } = await readByGeotiff(path);
    assert.deepEqual([nodata, tile], [9, { width: 32, height: 16 }]);
    const wanted = counted();
    bands.forEach((band, b) => {
      for (let row = 0; row < 50; row++) {
        for (let col = 0; col < 70; col++) {
          const isInside = col >= 10 && col < 40 && row >= 20 && row < 45;
          assert.equal(band[row * 70 + col], isInside ? wanted.get(b, row, col) : 9);
        }
      }
    });
  });

  test('samples of another type are rounded half to even and saturated; NaN is refused', async (t) => {
    const folder = new Folder(t);
    const values = [0.5, 1.5, 2.5, -7, 300, 255.4];
    const size = { width: 6, height: 1, bands: 1 };
    const window = { col: 0, row: 0, width: 6, height: 1 };
    const file = await createRaster(folder.at('out.tif'), { ...size, dtype: 'uint8' });
    await file.write(window, ndarray(Float64Array.from(values), [1, 1, 6]));
    await file.close();
    assert.deepEqual([...(await readByGeotiff(folder.at('out.tif'))).bands[0]], [0, 2, 2, 0, 255, 255]);
    const other = await createRaster(folder.at('nan.tif'), { ...size, dtype: 'uint8' });
    await assert.rejects(other.write(window, ndarray(Float32Array.from([NaN, 1, 1, 1, 1, 1]), [1, 1, 6])), UsageError);
    await assert.rejects(other.close(), UsageError);
    assert.deepEqual(folder.list(), ['out.tif']);
  });

  test('lies where it is said to', async (t) => {
    const folder = new Folder(t);
    const placings = [
      { transform: [500000, 10, 0, 6000000, 0, -10], crs: { epsg: 32633, kind: 'projected' } },
      { transform: [1, 0.5, 0.25, 2, 0.25, -0.5], crs: { epsg: 4326, kind: 'geographic' } },
      { transform: null, crs: null },
    ] as const;
    for (const [i, placing] of placings.entries()) {
      const path = folder.at(`${i}.tif`);
      const file = await createRaster(path, { ...NEW, ...placing });
      await file.write(all, counted());
      await file.close();
      const raster = await openRaster(path);
      assert.deepEqual([raster.transform, raster.crs?.epsg ?? null], [placing.transform, placing.crs?.epsg ?? null]);
      await raster.close();
      if (missingModules('osgeo') === false) {
        const seen = runPython('placing.py', { path }) as { readonly transform: readonly number[]; readonly epsg: number | null };
        assert.deepEqual(seen, { transform: placing.transform ?? [0, 1, 0, 0, 0, 1], epsg: placing.crs?.epsg ?? null });
      }
    }
  });

  test('what is asked wrongly is refused, and leaves nothing', async (t) => {
    const folder = new Folder(t);
    const path = folder.at('out.tif');
    for (const wrong of [{}, { width: 0 }, { bands: 1.5 }, { dtype: 'float16' as 'uint8' }, { creation: ['COMPRESS=NO SUCH'] }, { creation: ['PREDICTOR=3'] }, { nodata: 256 }]) {
      await assert.rejects(createRaster(path, Object.keys(wrong).length === 0 ? {} : { ...NEW, ...wrong }), UsageError);
    }
    assert.deepEqual(folder.list(), []);
    const wrongs: readonly (readonly [Window, number[]])[] = [[{ ...all, width: 71 }, [2, 50, 71]], [all, [1, 50, 70]], [{ ...all, col: 0.5, width: 60 }, [2, 50, 60]]];
    for (const [window, shape] of wrongs) {
      const file = await createRaster(path, NEW);
      await assert.rejects(file.write(window, ndarray(new Uint8Array(7100), shape)), UsageError);
      await file.discard();
    }
    const twice = await createRaster(path, NEW);
    await twice.write({ col: 0, row: 0, width: 10, height: 10 }, ndarray(new Uint8Array(200), [2, 10, 10]));
    await assert.rejects(twice.write({ col: 9, row: 9, width: 2, height: 2 }, ndarray(new Uint8Array(8), [2, 2, 2])), /written before/);
    await twice.discard();
    assert.deepEqual(folder.list(), []);
    writeFileSync(path, 'mine');
    await assert.rejects(createRaster(path, NEW), /exists already/);
    assert.equal(readFileSync(path, 'utf8'), 'mine');
  });

  test('what is no window, and no array of all its samples, is refused in words, and no pixel is written', async (t) => {
    const folder = new Folder(t);
    const file = await createRaster(folder.at('out.tif'), { ...NEW, mask: true });
    const mask = ndarray(new Uint8Array(3500).fill(1), [50, 70]);
    const shape = [2, 50, 70];
    const short = ndarray(new Uint8Array(7000), [2, 50, 71]).hi(2, 50, 70);
    const wrongs: readonly (readonly [window: unknown, pixels: unknown, mask: unknown, says: RegExp])[] = [
      [undefined, counted(), mask, /out\.tif: the window is undefined, wanted \{ col, row, width, height \} of numbers$/],
      [{ col: 0, row: 0 }, counted(), mask, /the window is/],
      [all, undefined, mask, /out\.tif: pixels is undefined, wanted an ndarray of shape \(2, 50, 70\)$/],
      [all, null, mask, /pixels is null, wanted an ndarray/],
      [all, new Uint8Array(7000), mask, /pixels is .*, wanted an ndarray/],
      [all, ndarray(new Uint8Array(6999), shape), mask, /pixels of shape \(2, 50, 70\) over 6999 samples: some are not there$/],
      [all, ndarray(new Uint8Array(7000), shape, undefined, 1), mask, /some are not there$/],
      [all, ndarray(new Uint8Array(7000), shape, [3500, 70, -1], 0), mask, /some are not there$/],
      [all, short, mask, /some are not there$/],
      [all, ndarray(new BigInt64Array(7000), shape), mask, /pixels over bigint64, wanted a typed array of numbers: 64-bit integers are given as float64$/],
      [all, ndarray(new BigUint64Array(7000), shape), mask, /pixels over biguint64, wanted/],
      [all, counted(), null, /out\.tif: the mask is null, wanted an ndarray of shape \(50, 70\)$/],
      [all, counted(), ndarray(new Uint8Array(3499), [50, 70]), /the mask of shape \(50, 70\) over 3499 samples/],
    ];
    for (const [window, pixels, valid, says] of wrongs) {
      await assert.rejects(file.write(window as Window, pixels as never, valid as never), (error: unknown) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, says);
        return true;
      });
    }
    // Turned round, its samples are all there.
    const turned = ndarray(new Uint8Array(7000).map((_, i) => i % 251).reverse(), shape, [-3500, -70, -1], 6999);
    await file.write(all, turned, mask);
    await file.close();
    const raster = await openRaster(folder.at('out.tif'));
    assert.deepEqual((await raster.read()).data, counted().data);
    await raster.close();
  });

  test('what waits is bounded: by its allowance, and row by row a row of tiles is enough', async (t) => {
    const path = new Folder(t).at('out.tif');
    const size = { width: 256, height: 1024, bands: 1, dtype: 'uint8', creation: ['BLOCKXSIZE=64', 'BLOCKYSIZE=64', 'COMPRESS=NONE'], waitingBytes: 256 * 64 } as const;
    const column = (col: number): Window => ({ col, row: 0, width: 16, height: 1024 });
    const wide = await createRaster(path, size);
    await assert.rejects(wide.write(column(100), ndarray(new Uint8Array(16 * 1024), [1, 1024, 16])), /wait for those before them.*waitingBytes/);
    await wide.discard();
    const rows = await createRaster(path, size);
    for (let row = 0; row < 1024; row += 8) await rows.write({ col: 0, row, width: 256, height: 8 }, ndarray(new Uint8Array(2048), [1, 8, 256]));
    await rows.close();
  });

  test('two at one place: the second is refused; what appeared there meanwhile stays', async (t) => {
    const folder = new Folder(t);
    const path = folder.at('out.tif');
    const file = await createRaster(path, NEW);
    await assert.rejects(createRaster(path, NEW), UsageError);
    writeFileSync(path, 'mine');
    await assert.rejects(file.close(), /appeared/);
    assert.equal(readFileSync(path, 'utf8'), 'mine');
    assert.deepEqual(folder.list(), ['out.tif']);
  });
});

describe('run', () => {
  test('gives the bytes and the report of the command', async (t) => {
    const folder = new Folder(t);
    const chain = ['--op', 'normalize:range=0,255:dtype=uint8', '--op', 'sharpen:amount=2'];
    assertSilentSuccess(await runCli(['run', pathOf('scene.tif'), folder.at('tool.tif'), ...chain, '--co', 'COMPRESS=ZSTD']));
    const planned = await planRequest({
      input: pathOf('scene.tif'),
      output: folder.at('own.tif'),
      steps: [{ operation: 'normalize', params: { range: { min: 0, max: 255 }, dtype: 'uint8' } }, { operation: 'sharpen', params: { amount: 2 } }],
      creation: ['COMPRESS=ZSTD'],
    });
    let tasks = 0;
    const report = await run(planned, { workers: 2, pool: 'threads', onProgress: (done) => (tasks = done.tasks) });
    assert.equal(tasks, report.tasks);
    assert.deepEqual([report.operation, report.workers, report.pool], ['normalize sharpen', 2, 'threads']);
    assert.ok(readFileSync(folder.at('own.tif')).equals(readFileSync(folder.at('tool.tif'))));
    await assert.rejects(run(planned.plan), /exists already/);
    await run(planned.plan, { overwrite: true });
    assert.ok(readFileSync(folder.at('own.tif')).equals(readFileSync(folder.at('tool.tif'))));
  });

  test('parameters of a wrong kind are refused', async (t) => {
    const output = new Folder(t).at('out.tif');
    const wrongs = [{ range: [0, 1] }, { range: 3 }, { range: { min: 'a', max: 2 } }, { dtype: 'float16' }, { rnge: 1 }];
    for (const params of wrongs) await assert.rejects(planRequest({ input: pathOf('scene.tif'), output, steps: [{ operation: 'normalize', params }] }), UsageError);
    await assert.rejects(planRequest({ input: pathOf('scene.tif'), output, steps: [{ operation: 'clamp' }] }), /clamp: no min given/);
    await assert.rejects(planRequest({ input: pathOf('scene.tif'), output, steps: [] }), /no operation given/);
    const { default: normalize } = await import('rastq/operations/normalize');
    await assert.rejects(planRequest({ input: pathOf('scene.tif'), output, steps: [{ operation: { ...normalize } }] }), /none of rastq's own/);
  });

  test('a signal stops it, and nothing is left', async (t) => {
    const folder = new Folder(t);
    const planned = await planRequest({ input: pathOf('scene.tif'), output: folder.at('out.tif'), steps: [{ operation: 'normalize' }] });
    const reason = new Error('enough');
    const controller = new AbortController();
    const running = run(planned, { signal: controller.signal, pool: 'threads', workers: 1, onProgress: () => controller.abort(reason) });
    await assert.rejects(running, reason);
    assert.deepEqual(folder.list(), []);
  });

  test('what `onProgress` throws fails it, and so does what its promise rejects with', async (t) => {
    const folder = new Folder(t);
    const planned = await planRequest({ input: pathOf('scene.tif'), output: folder.at('out.tif'), steps: [{ operation: 'normalize' }] });
    const unheard: unknown[] = [];
    const hear = (reason: unknown): unknown => unheard.push(reason);
    process.on('unhandledRejection', hear);
    t.after(() => process.off('unhandledRejection', hear));
    const reason = new Error('enough');
    const fail = (): void => {
      throw reason;
    };
    const later = async (): Promise<void> => {
      await setImmediate();
      throw reason;
    };
    for (const onProgress of [fail, later]) await assert.rejects(run(planned, { pool: 'inline', onProgress }), reason);
    assert.deepEqual(unheard, []);
    assert.deepEqual(folder.list(), []);
  });
});
