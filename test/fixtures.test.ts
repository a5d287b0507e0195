import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { fromArrayBuffer } from 'geotiff';
import { CORRUPT_FIXTURES } from '../fixtures/corrupt.js';
import { FIXTURES_FOLDER } from '../fixtures/fixture.js';
import { FIXTURES } from '../fixtures/scenes.js';
import { withTables } from '../fixtures/table.js';
import { bandOf, type SampleArray, type TiffSpec } from '../fixtures/tiff-spec.js';
import { writeTiff } from '../fixtures/tiff-writer.js';

/** Fixtures geotiff 3.0.5 reads wrong, and why. */
const MISREAD_BY_GEOTIFF: ReadonlyMap<string, string> = new Map([
  ['sparse-nan.tif', 'fills blocks that are left out with 0 where nodata is NaN'],
  ['int16-bigendian.tif', 'adds differences of predictor 2 as little-endian integers'],
  ['uint16-bigendian-tiled.tif', 'adds differences of predictor 2 as little-endian integers'],
  ['float32-bigendian.tif', 'puts byte planes of predictor 3 together as little-endian floats'],
  ['float64-differences.tif', 'has no predictor 2 of 64-bit samples'],
]);

describe('the committed fixtures are what their sources write', () => {
  for (const { name, spec } of FIXTURES) {
    test(name, async () => assertSameFile(await committed(name), writeTiff(spec)));
  }
  for (const { name, make } of CORRUPT_FIXTURES) {
    test(name, async () => assertSameFile(await committed(name), make()));
  }
  test('README.md', async () => {
    const readme = await readFile(new URL('README.md', FIXTURES_FOLDER), 'utf8');
    assert.equal(readme, withTables(readme));
  });
});

describe('geotiff reads what the pixel function gives', () => {
  for (const { name, spec } of FIXTURES) {
    const misread = MISREAD_BY_GEOTIFF.get(name);
    if (misread === undefined) {
      test(name, async () => assert.equal(differenceFrom(spec, await readByGeotiff(name)), null));
    } else {
      test(`${name}: not, it ${misread}`, async () => {
        // Once this fails, geotiff has learnt it, and the name may leave the list.
        const difference = await readByGeotiff(name).then((bands) => differenceFrom(spec, bands), String);
        assert.notEqual(difference, null);
      });
    }
  }
});

/** A committed file, at the start of a buffer of its own. */
async function committed(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await readFile(new URL(name, FIXTURES_FOLDER)));
}

async function readByGeotiff(name: string): Promise<ArrayLike<number>[]> {
  const tiff = await fromArrayBuffer((await committed(name)).buffer);
  const image = await tiff.getImage();
  const bands = await image.readRasters({ interleave: false });
  assert.equal(bands.width, image.getWidth());
  assert.equal(bands.height, image.getHeight());
  return [...bands];
}

/** The first sample that is not as expected, in words, or null. */
function differenceFrom(spec: TiffSpec, bands: ArrayLike<number>[]): string | null {
  if (bands.length !== spec.bands) return `${bands.length} bands for ${spec.bands}`;
  for (const [band, samples] of bands.entries()) {
    const expected: SampleArray = bandOf(spec, band);
    if (samples.constructor !== expected.constructor) return `band ${band} is a ${samples.constructor.name}`;
    if (samples.length !== expected.length) return `band ${band} has ${samples.length} samples`;
    const at = expected.findIndex((value: number, i: number) => !Object.is(value, samples[i]));
    if (at >= 0) {
      const place = `band ${band}, row ${Math.floor(at / spec.width)}, column ${at % spec.width}`;
      return `${samples[at]} for ${expected[at]} at ${place}`;
    }
  }
  return null;
}

/** Equal bytes, or if the files have DEFLATE: equal tags, and blocks that inflate to equal bytes. */
function assertSameFile(actual: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(actual, expected) === 0) return;
  const actualContents = contentsOf(actual);
  const expectedContents = contentsOf(expected);
  assert.ok(actualContents !== null && expectedContents !== null, 'the bytes differ; run `npm run fixtures`');
  assert.deepEqual(actualContents.tags, expectedContents.tags);
  assert.equal(actualContents.blocks.length, expectedContents.blocks.length);
  for (const [i, block] of actualContents.blocks.entries()) {
    assert.ok(block.equals(expectedContents.blocks[i] ?? Buffer.of()), `block ${i} differs; run \`npm run fixtures\``);
  }
}

/** What does not depend on the version of zlib. */
interface Contents {
  /** The raw bytes of each tag's values, but for offsets and byte counts; and the header's first bytes as tag 0. */
  readonly tags: ReadonlyMap<number, Buffer>;
  readonly blocks: readonly Buffer[];
}

const COMPRESSION = 259;
const OFFSETS = [273, 324];
const BYTE_COUNTS = [279, 325];
const FIELD_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 12: 8, 16: 8 };

/** The contents of a fixture with DEFLATE, all of which are classic TIFFs; null for others. */
function contentsOf(file: Uint8Array): Contents | null {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const little = file[0] === 0x49;
  if (file.length < 8 || view.getUint16(2, little) !== 42) return null;
  const directoryAt = view.getUint32(4, little);
  const tags = new Map<number, Buffer>([[0, Buffer.from(file.subarray(0, 4))]]);
  const numbers = new Map<number, number[]>();
  for (let i = 0; i < view.getUint16(directoryAt, little); i++) {
    const entryAt = directoryAt + 2 + i * 12;
    const tag = view.getUint16(entryAt, little);
    const fieldBytes = FIELD_BYTES[view.getUint16(entryAt + 2, little)] ?? 1;
    const count = view.getUint32(entryAt + 4, little);
    const valueAt = fieldBytes * count <= 4 ? entryAt + 8 : view.getUint32(entryAt + 8, little);
    const read = (at: number): number => (fieldBytes === 2 ? view.getUint16(at, little) : view.getUint32(at, little));
    if ([COMPRESSION, ...OFFSETS, ...BYTE_COUNTS].includes(tag)) {
      numbers.set(tag, Array.from({ length: count }, (_, k) => read(valueAt + k * fieldBytes)));
    } else tags.set(tag, Buffer.from(file.subarray(valueAt, valueAt + fieldBytes * count)));
  }
  if (![8, 32946].includes(numbers.get(COMPRESSION)?.[0] ?? 0)) return null;
  const offsets = OFFSETS.flatMap((tag) => numbers.get(tag) ?? []);
  const byteCounts = BYTE_COUNTS.flatMap((tag) => numbers.get(tag) ?? []);
  const blocks = offsets.map((at, i) => {
    const block = file.subarray(at, at + (byteCounts[i] ?? 0));
    return block.length === 0 ? Buffer.of() : inflateSync(block);
  });
  return { tags, blocks };
}
