import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromArrayBuffer } from 'geotiff';
import { fixtureNamed } from '../../fixtures/scenes.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { generator } from '../fuzz/mutate.js';
import { type BlockPlace, placesOfBlocks, placesOfEntries } from '../support/blocks.js';
import { type Outcome, Trials } from '../support/trials.js';

const WINDOW = 32;
const OPTIONS = { window: WINDOW, co: ['COMPRESS=NONE'] };
const trials = new Trials();

const attempt = (bytes: Uint8Array): Promise<Outcome> => trials.attempt({ bytes, options: OPTIONS });

/** The output that a sound file makes. */
async function soundOutput(file: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const outcome = await attempt(file);
  assert.equal(outcome.kind, 'done');
  return outcome.output;
}

/** Whether a file was refused as one that is damaged or not supported. */
function isRefused(outcome: Outcome): boolean {
  return outcome.kind === 'refused' && (outcome.code === 3 || outcome.code === 4);
}

/** Whether what the options ask for cannot be had of such a file: it may as well be a sound file of another size. */
function isUnfitting(outcome: Outcome): boolean {
  return outcome.kind === 'refused' && outcome.code === 2 && /^tiles of .* give /.test(outcome.message);
}

const told = (outcome: Outcome): string => JSON.stringify(outcome).slice(0, 1000);

describe('a file that ends too early is refused, or all its pixels are there', { concurrency: true }, () => {
  for (const name of ['uint8-strips.tif', 'rotated.tif', 'bigtiff.tif', 'ifd-at-end.tif']) {
    test(`${name}, cut at every 64th byte`, async (t) => {
      const { spec } = fixtureNamed(name);
      // Fewer rows, fewer cuts. What comes behind the last block is nobody's, and may be cut off.
      const file = Uint8Array.from([...writeTiff({ ...spec, height: Math.min(spec.height, 50) }), ...new Uint8Array(200)]);
      const sound = await soundOutput(file);
      const cuts = Array.from({ length: Math.ceil(file.length / 64) }, (_, i) => i * 64);
      const outcomes = await Promise.all(cuts.map((cut) => attempt(file.slice(0, cut))));
      for (const [i, outcome] of outcomes.entries()) {
        const isSound = outcome.kind === 'done' && Buffer.compare(outcome.output, sound) === 0;
        assert.ok(isSound || isRefused(outcome), `cut at ${cuts[i]}: ${told(outcome)}`);
      }
      t.diagnostic(`${outcomes.filter(isRefused).length} of ${cuts.length} refused`);
    });
  }
});

describe('a file with a bit turned over is refused, or only the pixels are wrong whose bytes are', { concurrency: true }, () => {
  const names = ['int8.tif', 'rotated.tif', 'planar.tif', 'bigtiff.tif', 'one-strip.tif', 'float32-bigendian.tif', 'sparse-nan.tif', 'gcps.tif'];
  for (const [seed, name] of names.entries()) {
    test(`${name}, seed ${seed}`, async (t) => {
      const { spec } = fixtureNamed(name);
      const file = writeTiff(spec);
      const sound = await soundOutput(file);
      const blocks = placesOfBlocks(spec, file.length);
      const pixelsAt = blocks[0].start;
      const below = generator(seed);
      // Half of them in the few bytes before the pixels, where they do most.
      const flips = Array.from({ length: 50 }, (_, i) =>
        i % 2 === 0 ? below(pixelsAt * 8) : pixelsAt * 8 + below((file.length - pixelsAt) * 8),
      );
      const outcomes = await Promise.all(
        flips.map((bit) => {
          const flipped = file.slice();
          flipped[bit >> 3] ^= 1 << (bit & 7);
          return attempt(flipped);
        }),
      );
      for (const [i, outcome] of outcomes.entries()) {
        const at = flips[i] >> 3;
        const message = `bit ${flips[i] & 7} of byte ${at}: ${told(outcome)}`;
        if (outcome.kind === 'crashed') assert.fail(message);
        if (outcome.kind === 'refused') assert.ok(isRefused(outcome) || (at < pixelsAt && isUnfitting(outcome)), message);
        else if (at >= pixelsAt) await assertConfined(spec, sound, outcome.output, blocks.filter(({ start, end }) => start <= at && at < end), message);
      }
      t.diagnostic(`${outcomes.filter(isRefused).length} of ${flips.length} refused`);
    });
  }
});

/** Asserts that no pixels differ but those of the windows that the given blocks have part in. */
async function assertConfined(
  spec: TiffSpec,
  sound: Uint8Array<ArrayBuffer>,
  output: Uint8Array<ArrayBuffer>,
  blocks: readonly BlockPlace[],
  message: string,
): Promise<void> {
  if (Buffer.compare(output, sound) === 0) return;
  const isTouched = (row: number, col: number): boolean =>
    blocks.some(({ rows, cols }) => touches(row, rows) && touches(col, cols));
  const [wanted, got] = await Promise.all([bandsOf(sound), bandsOf(output)]);
  assert.equal(got.length, wanted.length, message);
  for (const [band, samples] of got.entries()) {
    samples.forEach((sample, i) => {
      const [row, col] = [Math.floor(i / spec.width), i % spec.width];
      if (sample !== wanted[band][i]) assert.ok(isTouched(row, col), `pixel at row ${row}, column ${col} differs; ${message}`);
    });
  }
}

/** Whether a pixel's window shares a row or column with others. */
function touches(at: number, [start, end]: readonly [number, number]): boolean {
  const window = Math.floor(at / WINDOW) * WINDOW;
  return window < end && start < window + WINDOW;
}

async function bandsOf(file: Uint8Array<ArrayBuffer>): Promise<number[][]> {
  const image = await (await fromArrayBuffer(file.buffer)).getImage();
  const bands = await image.readRasters({ interleave: false });
  return [...bands].map((band) => Array.from(band as ArrayLike<number>));
}

describe('a directory entry with another type, count or value is refused or read, and nothing else', { concurrency: true }, () => {
  const TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 65535];
  const NUMBERS = [0, 1, 3, 255, 2 ** 16, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
  for (const name of ['int8.tif', 'bigtiff.tif']) {
    test(name, async () => {
      const file = writeTiff(fixtureNamed(name).spec);
      const changes = placesOfEntries(file).flatMap(({ tag, typeAt, countAt, valueAt }) => [
        ...TYPES.map((type) => [`tag ${tag} of type ${type}`, (view: DataView) => view.setUint16(typeAt, type, true)] as const),
        ...NUMBERS.map((count) => [`tag ${tag}, ${count} values`, (view: DataView) => view.setUint32(countAt, count, true)] as const),
        ...NUMBERS.map((value) => [`tag ${tag} = ${value}`, (view: DataView) => view.setUint32(valueAt, value, true)] as const),
      ]);
      const outcomes = await Promise.all(
        changes.map(([, change]) => {
          const changed = file.slice();
          change(new DataView(changed.buffer));
          return attempt(changed);
        }),
      );
      const wrong = outcomes.flatMap((outcome, i) =>
        outcome.kind === 'done' || isRefused(outcome) || isUnfitting(outcome) ? [] : [`${changes[i][0]}: ${told(outcome)}`],
      );
      assert.deepEqual(wrong, []);
    });
  }
});
