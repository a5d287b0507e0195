import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import { fixturePath } from '../oracle/support/run.js';
import { missingModules, runPython } from '../oracle/support/python.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const SKIP = missingModules('PIL', 'numpy', 'osgeo');

interface Told {
  readonly mode: string;
  readonly size: readonly number[];
  readonly wanted: readonly number[];
  readonly hash: string;
  readonly mean: number | null;
  readonly largest: number | null;
}

/** The index as a map from paths to hashes; its lines must be in order. */
function readIndex(folder: Folder, name = 'index.txt'): Map<string, string> {
  const lines = readFileSync(folder.at(name), 'utf8').trimEnd().split('\n');
  assert.deepEqual(lines, [...lines].sort());
  return new Map(lines.map((line) => /^([0-9a-f]{64}): (.*)$/.exec(line)!.slice(1).reverse() as [string, string]));
}

describe('thumbnails are what Pillow and numpy make', { skip: SKIP }, () => {
  test('of photos: size, pixels, hash; damaged ones fail, others go on', async (t) => {
    const folder = new Folder(t);
    runPython('thumbnails.py', { make: folder.at('in') });
    const result = await runCli(['thumbnails', 'in', 'out', '--index', 'index.txt', '--json', '-j', '2', '--size', '150x120'], { cwd: folder.path });
    assert.equal(result.code, 4);
    assert.match(result.stderr, /^[^\n]*in\/cut\.jpg: damaged[^\n]*\n$/);
    assert.deepEqual(JSON.parse(result.stdout), { files: 13, images: 10, thumbnails: 8, passedOver: 2, failed: 1 });
    const index = readIndex(folder);
    assert.deepEqual([...index.keys()].map((path) => path.replace(/^in\//, '')).sort(), [
      'clear.png', 'deep/er/again.png', 'deep/photo.webp', 'grey.png', 'palette.png', 'photo.jpg', 'photo.png', 'small.png', 'tall.jpg', 'turned.jpg',
    ]);
    // One picture, however it is packed.
    assert.equal(new Set(['in/photo.png', 'in/deep/er/again.png', 'in/deep/photo.webp'].map((path) => index.get(path))).size, 1);
    assert.deepEqual(readdirSync(folder.at('out')).sort(), [...new Set(index.values())].map((hash) => `${hash}.png`).sort());
    const images = [...index].map(([path, hash]) => ({ kind: 'photo', path: folder.at(path), thumbnail: folder.at(`out/${hash}.png`), width: 150, height: 120 }));
    const told = runPython('thumbnails.py', { images }) as Told[];
    for (const [i, { path, thumbnail }] of images.entries()) {
      const { hash, size, wanted, mean, largest, mode } = told[i];
      assert.equal(`${hash}.png`, basename(thumbnail), path);
      // Sizes are rounded in two ways where they end in a half.
      assert.ok(size.every((edge, at) => Math.abs(edge - wanted[at]) <= 1), `${path}: ${size.join(' x ')}, wanted ${wanted.join(' x ')}`);
      assert.equal(mode, path.endsWith('clear.png') ? 'RGBA' : 'RGB');
      if (mean !== null) assert.ok(mean < 4 && largest! < 130, `${path}: ${mean}, ${largest}`);
    }
    assert.ok(told.filter(({ mean }) => mean !== null).length >= 8);
  });

  test('of rasters: means of what is valid, stretched, the rest transparent', async (t) => {
    const folder = new Folder(t);
    mkdirSync(folder.at('in'));
    const names = ['scene.tif', 'planar-strips.tif', 'float32-nan.tif', 'bands-7.tif', 'uint8-strips.tif', 'constant.tif', 'tiny-3x5.tif'];
    for (const name of names) cpSync(fixturePath(name), folder.at(`in/${name}`));
    assertSilentSuccess(await runCli(['thumbnails', 'in', 'out', '--index', 'index.txt', '-j', '2', '--size', '90x70'], { cwd: folder.path }));
    const index = readIndex(folder);
    const images = names.map((name) => ({ kind: 'raster', path: folder.at(`in/${name}`), thumbnail: folder.at(`out/${index.get(`in/${name}`)!}.png`), width: 90, height: 70 }));
    const told = runPython('thumbnails.py', { images }) as Told[];
    told.forEach(({ size, wanted, largest, hash, mode }, i) => {
      assert.deepEqual(size, wanted, names[i]);
      assert.ok(largest! < 0.51, `${names[i]}: ${largest}`);
      assert.equal(hash, index.get(`in/${names[i]}`));
      if (names[i] === 'scene.tif') assert.equal(mode, 'RGBA');
    });
  });

  test('of a raster with overviews: the smallest one that is large enough', async (t) => {
    const folder = new Folder(t);
    runPython('rasters.py', { folder: folder.path, scene: fixturePath('scene.tif') });
    mkdirSync(folder.at('in'));
    for (const name of ['inside.tif', 'beside.tif', 'beside.tif.ovr']) cpSync(folder.at(name), folder.at(`in/${name}`));
    // 200 x 150 with overviews of 100 x 75 and 50 x 38.
    for (const [width, height, overview] of [[120, 90, null], [80, 60, 0], [40, 30, 1]] as const) {
      const size = `${width}x${height}`;
      const result = await runCli(['thumbnails', 'in', `out-${size}`, '--index', `${size}.txt`, '--size', size, '-j', '1', '--json'], { cwd: folder.path });
      // A file of overviews is a raster of its own too.
      assert.deepEqual([result.code, (JSON.parse(result.stdout) as { images: number }).images], [0, 3], result.stderr);
      const index = readIndex(folder, `${size}.txt`);
      const images = ['inside.tif', 'beside.tif'].map((name) => ({ kind: 'raster', path: folder.at(`in/${name}`), thumbnail: folder.at(`out-${size}/${index.get(`in/${name}`)!}.png`), width, height, overview }));
      for (const { largest, size: made } of runPython('thumbnails.py', { images }) as Told[]) {
        assert.deepEqual(made, [width, height]);
        assert.ok(largest! < 0.51, `${size}: ${largest}`);
      }
    }
  });
});

async function addPhotos(folder: Folder, count: number): Promise<void> {
  mkdirSync(folder.at('in'));
  for (let i = 0; i < count; i++) {
    const data = Buffer.from(Uint8Array.from({ length: 120 * 80 * 3 }, (_, at) => (at * (i + 3)) % 253));
    await sharp(data, { raw: { width: 120, height: 80, channels: 3 } }).png().toFile(folder.at(`in/${i}.png`));
  }
}

describe('thumbnails', { concurrency: 2 }, () => {
  test('are the same files whatever the workers and pool, and are made once', async (t) => {
    const folder = new Folder(t);
    await addPhotos(folder, 9);
    cpSync(fixturePath('scene.tif'), folder.at('in/scene.tif'));
    cpSync(folder.at('in/3.png'), folder.at('in/copy.png'));
    const ways = [['-j', '1'], ['-j', '3'], ['--pool', 'threads', '-j', '2'], ['--pool', 'inline']];
    for (const [i, way] of ways.entries()) assertSilentSuccess(await runCli(['thumbnails', 'in', `${i}`, '--index', `${i}.txt`, ...way], { cwd: folder.path }));
    const bytesOf = (i: number): [string, string][] => readdirSync(folder.at(`${i}`)).sort().map((name) => [name, readFileSync(folder.at(`${i}/${name}`)).toString('base64')]);
    assert.equal(bytesOf(0).length, 10);
    for (let i = 1; i < ways.length; i++) {
      assert.deepEqual(bytesOf(i), bytesOf(0));
      assert.equal(readFileSync(folder.at(`${i}.txt`), 'utf8'), readFileSync(folder.at('0.txt'), 'utf8'));
    }
    // Once more into the same folder, which lies among the images: nothing of it is taken for one.
    cpSync(folder.at('0'), folder.at('in/thumbs'), { recursive: true });
    const again = await runCli(['thumbnails', 'in', 'in/thumbs', '--json'], { cwd: folder.path });
    assert.deepEqual(JSON.parse(again.stdout), { files: 11, images: 11, thumbnails: 10, passedOver: 0, failed: 0 });
  });

  test('are never larger than the image; --exact gives just the size', async (t) => {
    const folder = new Folder(t);
    await addPhotos(folder, 1);
    cpSync(fixturePath('tiny-3x5.tif'), folder.at('in/tiny.tif'));
    const sizes = async (out: string, words: readonly string[]): Promise<string[]> => {
      assertSilentSuccess(await runCli(['thumbnails', 'in', out, '--index', 'index.txt', ...words], { cwd: folder.path }));
      const index = readIndex(folder);
      const all: string[] = [];
      for (const name of ['0.png', 'tiny.tif']) {
        const { width, height } = await sharp(folder.at(`${out}/${index.get(`in/${name}`)!}.png`)).metadata();
        all.push(`${width}x${height}`);
      }
      return all;
    };
    assert.deepEqual(await sizes('a', []), ['120x80', '3x5']);
    assert.deepEqual(await sizes('b', ['--size', '60x60']), ['60x40', '3x5']);
    assert.deepEqual(await sizes('c', ['--exact']), ['64x64', '64x64']);
    assert.deepEqual(await sizes('d', ['--exact', '--size', '10x130']), ['10x130', '10x130']);
  });

  test('a mean does not depend on what lies under nodata, and one that is opaque hides nothing', async (t) => {
    const folder = new Folder(t);
    mkdirSync(folder.at('in'));
    for (const name of ['all-nodata.tif', 'scene.tif']) cpSync(fixturePath(name), folder.at(`in/${name}`));
    assertSilentSuccess(await runCli(['thumbnails', 'in', 'out', '--index', 'index.txt'], { cwd: folder.path }));
    const alphas = async (name: string): Promise<Set<number>> => new Set(await sharp(folder.at(`out/${readIndex(folder).get(`in/${name}`)!}.png`)).extractChannel(3).raw().toBuffer());
    assert.deepEqual(await alphas('all-nodata.tif'), new Set([0]));
    assert.deepEqual(await alphas('scene.tif'), new Set([0, 255]));
  });

  test('a damaged raster fails by its name, its neighbours do not, and the index lists them', async (t) => {
    const folder = new Folder(t);
    await addPhotos(folder, 2);
    const scene = readFileSync(fixturePath('scene.tif'));
    writeFileSync(folder.at('in/cut.tif'), scene.subarray(0, scene.length - 5000));
    writeFileSync(folder.at('in/fax.tif'), 'II*\0\x08\0\0\0\0\0\0\0\0\0');
    const result = await runCli(['thumbnails', 'in', 'out', '--index', 'index.txt', '-j', '2'], { cwd: folder.path });
    assert.equal(result.code, 4);
    const lines = result.stderr.trimEnd().split('\n').sort();
    assert.equal(lines.length, 2);
    assert.match(lines.find((line) => line.includes('cut.tif'))!, /in\/cut\.tif: damaged/);
    assert.match(lines.find((line) => line.includes('fax.tif'))!, /in\/fax\.tif/);
    assert.deepEqual([...readIndex(folder).keys()].sort(), ['in/0.png', 'in/1.png']);
  });

  test('what is asked wrongly is refused before any work', async (t) => {
    const folder = new Folder(t);
    await addPhotos(folder, 1);
    writeFileSync(folder.at('file'), 'mine');
    const ask = (...words: string[]) => runCli(['thumbnails', ...words], { cwd: folder.path });
    assert.match(failureOf(await ask('in', 'out', '--size', '0x10'), 2), /WIDTHxHEIGHT/);
    assert.match(failureOf(await ask('in', 'out', '--size', '200'), 2), /WIDTHxHEIGHT/);
    assert.match(failureOf(await ask('none', 'out'), 5), /none: cannot read the folder/);
    assert.match(failureOf(await ask('in', 'file'), 5), /file: cannot create the folder: a file of this name is there \(EEXIST\)$/);
    assert.match(failureOf(await ask('in', 'out', '--index', 'none/index.txt'), 5), /none/);
    const image = folder.read('in/0.png');
    assert.match(failureOf(await ask('in', 'out', '--index', 'in/0.png'), 2), /^rastq: --index in\/0\.png: is an image, give another path$/);
    assert.deepEqual(folder.read('in/0.png'), image);
    assert.deepEqual(readdirSync(folder.at('out')), []);
    assert.equal(existsSync(folder.at('index.txt')), false);
    assert.equal(readFileSync(folder.at('file'), 'utf8'), 'mine');
  });

  test('what a killed run left is cleared', async (t) => {
    const folder = new Folder(t);
    await addPhotos(folder, 1);
    mkdirSync(folder.at('out'));
    const { hostname } = await import('node:os');
    // No process has a number as large as that.
    writeFileSync(folder.at(`out/.abc.png.${hostname()}.999999999.partial`), 'half');
    assertSilentSuccess(await runCli(['thumbnails', 'in', 'out'], { cwd: folder.path }));
    assert.equal(readdirSync(folder.at('out')).length, 1);
  });
});
