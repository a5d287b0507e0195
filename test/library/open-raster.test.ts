import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { openRaster, type Pixels, type Raster, UsageError, type Window } from '../../src/index.js';
import { missingModules, runPython } from '../oracle/support/python.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { serveBytes } from '../remote/support/fault-server.js';
import { FIXTURES, pathOf, randomNumbers } from './support.js';

/** Asserts that pixels are those of a window that geotiff.js reads. */
async function assertPixels(name: string, window: Window, pixels: Pixels): Promise<void> {
  const { bands, width } = await readByGeotiff(pathOf(name));
  assert.deepEqual(pixels.shape, [bands.length, window.height, window.width]);
  for (let band = 0; band < bands.length; band++) {
    for (let row = 0; row < window.height; row++) {
      for (let col = 0; col < window.width; col++) {
        const wanted = bands[band][(window.row + row) * width + window.col + col];
        const value = pixels.get(band, row, col);
        if (!Object.is(value, wanted) && value !== wanted) assert.fail(`${name}: band ${band}, row ${row}, column ${col} is ${value}, wanted ${wanted}`);
      }
    }
  }
}

/** Sparse blocks, which geotiff.js fills with 0, and big-endian differences, which it does not turn round. GDAL reads them as we do. */
const UNLIKE_GEOTIFF: ReadonlySet<string> = new Set(['sparse-zero.tif', 'sparse-nan.tif', 'uint16-bigendian-tiled.tif']);

const someWindow = ({ profile: { width, height } }: Raster, random: () => number): Window => {
  const [col, row] = [Math.floor(random() * width), Math.floor(random() * height)];
  return { col, row, width: 1 + Math.floor(random() * (width - col)), height: 1 + Math.floor(random() * (height - row)) };
};

describe('windows of rasters of many kinds are what another library reads', { concurrency: 2 }, () => {
  for (const name of FIXTURES.filter((each) => !UNLIKE_GEOTIFF.has(each))) {
    test(name, async () => {
      const raster = await openRaster(pathOf(name));
      const random = randomNumbers(name.length);
      const windows = Array.from({ length: 4 }, () => someWindow(raster, random));
      // Asked for all at once: what one reads is not overwritten by the next.
      const read = await Promise.all(windows.map((window) => raster.read(window)));
      for (const [i, window] of windows.entries()) await assertPixels(name, window, read[i]);
      const { width, height } = raster.profile;
      await assertPixels(name, { col: 0, row: 0, width, height }, await raster.read());
      await raster.close();
    });
  }
});

describe('iteration gives every pixel once, row by row', { concurrency: 2 }, () => {
  for (const name of FIXTURES) {
    for (const size of [{ width: 256, height: 256 }, { width: 100, height: 37 }]) {
      test(`${name}, ${size.width} x ${size.height}`, async () => {
        const raster = await openRaster(pathOf(name));
        const { width, height } = raster.profile;
        const seen = new Uint8Array(width * height);
        let last = -1;
        for await (const { window, pixels } of raster.windows(size)) {
          const number = Math.floor(window.row / size.height) * Math.ceil(width / size.width) + window.col / size.width;
          assert.equal(number, last + 1);
          last = number;
          assert.deepEqual(pixels.data, (await raster.read(window)).data);
          for (let row = 0; row < window.height; row++) for (let col = 0; col < window.width; col++) seen[(window.row + row) * width + window.col + col]++;
        }
        assert.ok(seen.every((times) => times === 1));
        await raster.close();
      });
    }
  }

  test('a raster itself gives windows of 256 x 256, and a loop that is left lets go', async () => {
    const raster = await openRaster(pathOf('scene.tif'));
    for await (const { window } of raster) {
      assert.deepEqual(window, { col: 0, row: 0, width: 256, height: 256 });
      break;
    }
    await raster.close();
  });
});

test('a remote raster is read as a local one, without its whole being fetched', async (t) => {
  const served = await serveBytes(t, new Uint8Array(readFileSync(pathOf('scene.tif'))));
  const [near, far] = [await openRaster(pathOf('scene.tif')), await openRaster(served.url)];
  const window = { col: 100, row: 50, width: 30, height: 20 };
  assert.deepEqual((await far.read(window)).data, (await near.read(window)).data);
  assert.ok(served.bytesSent < served.bytes.length / 2, `${served.bytesSent} of ${served.bytes.length} bytes`);
  const windows = near.windows();
  for await (const { pixels } of far) assert.deepEqual(pixels.data, ((await windows.next()).value as { pixels: Pixels }).pixels.data);
  await Promise.all([near.close(), far.close()]);
});

test('it says what rastq info says', async () => {
  for (const name of ['scene.tif', 'rotated.tif', 'float32-nan.tif']) {
    const raster = await openRaster(pathOf(name));
    const info = JSON.parse((await runCli(['info', pathOf(name), '--json'])).stdout) as Record<string, unknown>;
    assert.deepEqual([raster.transform, raster.crs, raster.profile.dtype, raster.profile.nodata], [info['transform'], info['crs'], info['dtype'], info['nodata']]);
    await raster.close();
  }
});

test('what is asked wrongly is refused', async (t) => {
  const raster = await openRaster(pathOf('tiny-3x5.tif'));
  const { width, height } = raster.profile;
  for (const window of [{ col: 0, row: 0, width: width + 1, height }, { col: -1, row: 0, width: 1, height: 1 }, { col: 0.5, row: 0, width: 1, height: 1 }, { col: 0, row: 0, width: 0, height: 1 }]) {
    await assert.rejects(raster.read(window), UsageError);
    await assert.rejects(raster.readMask(window), UsageError);
  }
  await assert.rejects(raster.read({ col: 1, row: 0 } as Window), /the window is \{ col: 1, row: 0 \}, wanted \{ col, row, width, height \}/);
  assert.throws(() => raster.windows({ width: 0, height: 1 }), UsageError);
  assert.throws(() => raster.windows(null as never), { name: 'UsageError', message: /the size of windows is null, wanted an object$/ });
  await raster.close();
  await assert.rejects(openRaster(pathOf('tiny-3x5.tif'), { overview: 0 }), /overview 0: .* has 0/);
  await assert.rejects(openRaster(new Folder(t).at('none.tif')), { kind: 'IoError' });
  // The same words as the command line has for it.
  const words = failureOf(await runCli(['normalize', pathOf('README.md'), 'out.tif', '--dry-run']), 4);
  await assert.rejects(openRaster(pathOf('README.md')), { kind: 'FormatError', message: words });
});

const SKIP = missingModules('osgeo', 'numpy');

test('overviews and masks are what GDAL reads', { skip: SKIP }, async (t) => {
  const folder = new Folder(t);
  const made = runPython('rasters.py', { folder: folder.path, scene: pathOf('scene.tif') }) as {
    readonly path: string; readonly overview: number | null; readonly width: number; readonly height: number; readonly pixels: readonly number[]; readonly mask: readonly number[];
  }[];
  assert.ok(made.length >= 8);
  for (const { path, overview, width, height, pixels, mask } of made) {
    const raster = await openRaster(path, overview === null ? {} : { overview });
    assert.deepEqual([raster.profile.width, raster.profile.height], [width, height], path);
    assert.deepEqual(Array.from((await raster.read()).data), pixels, `${path} ${overview}`);
    assert.deepEqual(Array.from((await raster.readMask()).data), mask, `${path} ${overview}`);
    await raster.close();
  }
});
