import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DType, DTYPE_NAMES, isFloat } from '../../src/raster/dtype.js';
import type { Predictor } from '../../src/raster/profile.js';
import { type BandChange, fittingPredictor, outputContent } from '../../src/tiff/output-content.js';
import type { CarriedTag } from '../../src/tiff/tags.js';

const EXTRA_SAMPLES = 338;
const UNASSOCIATED_ALPHA = 2;

const shorts = (...values: number[]): string => Buffer.from(Uint16Array.from(values).buffer).toString('base64');
const extraSamples = (...values: number[]): CarriedTag => ({ tag: EXTRA_SAMPLES, type: 3, count: values.length, bytes: shorts(...values) });
const LATER: CarriedTag = { tag: 33432, type: 2, count: 2, bytes: 'QQA=' };
const EARLIER: CarriedTag = { tag: 270, type: 2, count: 2, bytes: 'QgA=' };

/** The first bands of a raster stay where they are. */
function changeOf(bands: number, alpha: number | null, keepsValues: boolean, hasNodata = false): BandChange {
  return { input: { bands, alpha }, from: Array.from({ length: bands }, (_, band) => band), dtype: 'uint8', alpha, keepsValues, hasNodata };
}

const GREY = 1;
const WHITE_IS_ZERO = 0;
const RGB = 2;
const CMYK = 5;

describe('colours and bands beyond them', () => {
  const cases: [what: string, photometric: number, own: CarriedTag[], bands: number, wanted: { photometric: number; extra: number[] | null }, alpha?: number][] = [
    ['one grey band', GREY, [], 1, { photometric: GREY, extra: null }],
    ['white is zero', WHITE_IS_ZERO, [], 1, { photometric: WHITE_IS_ZERO, extra: null }],
    ['grey and three more', GREY, [extraSamples(0, 0, 0)], 4, { photometric: GREY, extra: [0, 0, 0] }],
    ['grey and more that the input forgot', GREY, [], 3, { photometric: GREY, extra: [0, 0] }],
    ['RGB', RGB, [], 3, { photometric: RGB, extra: null }],
    ['RGB with alpha', RGB, [extraSamples(UNASSOCIATED_ALPHA)], 4, { photometric: RGB, extra: [UNASSOCIATED_ALPHA] }, 3],
    ['RGB with alpha that the file does not name', RGB, [], 4, { photometric: RGB, extra: [UNASSOCIATED_ALPHA] }, 3],
    ['RGB with what was no mask in the input, but would be in the output', RGB, [extraSamples(UNASSOCIATED_ALPHA)], 4, { photometric: RGB, extra: [0] }],
    ['RGB with alpha and one more', RGB, [extraSamples(UNASSOCIATED_ALPHA, 0)], 5, { photometric: RGB, extra: [UNASSOCIATED_ALPHA, 0] }],
    ['CMYK', CMYK, [], 4, { photometric: CMYK, extra: null }],
    ['too few bands for RGB', RGB, [], 1, { photometric: GREY, extra: null }],
    ['too few bands for RGB, but two', RGB, [extraSamples(UNASSOCIATED_ALPHA)], 2, { photometric: GREY, extra: [UNASSOCIATED_ALPHA] }, 1],
    ['fewer extra bands than the input has', GREY, [extraSamples(0, 0, UNASSOCIATED_ALPHA)], 2, { photometric: GREY, extra: [0] }],
    ['none left of the input\'s extra bands', GREY, [extraSamples(0)], 1, { photometric: GREY, extra: null }],
  ];
  for (const [what, photometric, own, bands, wanted, alpha = null] of cases) {
    test(what, () => {
      const input = { photometric, tags: [EARLIER, ...own, LATER], metadata: null, keepsColours: true };
      const content = outputContent(input, changeOf(bands, alpha, false));
      assert.equal(content.photometric, wanted.photometric);
      const extra = wanted.extra === null ? [] : [extraSamples(...wanted.extra)];
      assert.deepEqual(content.tags, [EARLIER, ...extra, LATER]);
    });
  }

  test('alpha that a nodata value goes before keeps its name', () => {
    const input = { photometric: RGB, tags: [extraSamples(UNASSOCIATED_ALPHA)], metadata: null, keepsColours: true };
    assert.deepEqual(outputContent(input, changeOf(4, null, false, true)).tags, [extraSamples(UNASSOCIATED_ALPHA)]);
  });

  test('the input is left as it was', () => {
    const input = Object.freeze({ photometric: GREY, tags: Object.freeze([LATER]), metadata: null, keepsColours: true });
    outputContent(input, changeOf(3, null, false));
    assert.deepEqual(input.tags, [LATER]);
  });

  test('metadata is what stays true of it', () => {
    const metadata = '<GDALMetadata>\n  <Item name="A" role="scale">2</Item>\n</GDALMetadata>\n';
    const content = (keepsValues: boolean) => outputContent({ photometric: GREY, tags: [], metadata, keepsColours: true }, changeOf(1, null, keepsValues));
    assert.equal(content(true).metadata, metadata);
    assert.equal(content(false).metadata, null);
  });
});

describe('the predictor that fits', () => {
  for (const dtype of DTYPE_NAMES) {
    test(dtype, () => {
      const fitting = (before: DType) => ([1, 2, 3] as const).map((predictor: Predictor) => fittingPredictor(predictor, before, dtype));
      // Differences of 64-bit samples are beyond many readers; byte planes are not.
      assert.deepEqual(fitting('float32'), isFloat(dtype) ? (dtype === 'float64' ? [1, 3, 3] : [1, 2, 3]) : [1, 2, 2]);
      assert.deepEqual(fitting('uint16'), isFloat(dtype) ? [1, 3, 3] : [1, 2, 2]);
    });
  }
});
