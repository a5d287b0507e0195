import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { loadOperation, operationNames } from '../../src/ops/load.js';
import type { Kernel, Operation, OutputType, Params } from '../../src/ops/operation.js';
import { createPixels, crop, type Pixels } from '../../src/raster/block.js';
import { DTYPE_NAMES, DTYPES } from '../../src/raster/dtype.js';
import { gridWindows } from '../../src/raster/grid.js';
import { chooseMarking, comparableNodata, type Nodata, nodataNumber } from '../../src/raster/nodata.js';
import type { Interleave, Profile } from '../../src/raster/profile.js';
import { grown, Reflector } from '../../src/raster/reflect.js';
import type { Size, Window } from '../../src/raster/window.js';
import { assertSameSamples } from '../oracle/support/check.js';

const NODATA: Readonly<Record<string, Nodata>> = { uint8: 255, int8: -128, uint16: 0, int16: -9999, uint32: 7, int32: -1, float32: 0.1, float64: 'nan' };

interface Case {
  readonly profile: Profile;
  readonly pixels: Pixels;
  readonly part: Size;
}

/** A window of random pixels, about a third of them nodata or not finite, and the size of the parts it may come in. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    width: fc.integer({ min: 1, max: 24 }),
    height: fc.integer({ min: 1, max: 12 }),
    bands: fc.integer({ min: 1, max: 4 }),
    dtype: fc.constantFrom(...DTYPE_NAMES),
    hasNodata: fc.boolean(),
    interleave: fc.constantFrom<Interleave>('pixel', 'band'),
    part: fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 12 })),
    values: fc.infiniteStream(fc.oneof(fc.integer({ min: -200, max: 300 }), fc.constantFrom(NaN, Infinity, -Infinity, 1e30, -1e30, null))),
  })
  .map(({ width, height, bands, dtype, hasNodata, interleave, part, values }) => {
    const nodata = hasNodata ? NODATA[dtype] : null;
    const { kind, min, max } = DTYPES[dtype];
    const pixels = createPixels(dtype, { width, height }, bands, interleave);
    for (let i = 0; i < pixels.data.length; i++) {
      const value = (values.next().value as number | null) ?? nodataNumber(nodata) ?? 3;
      pixels.data[i] = kind === 'float' ? value : Number.isNaN(value) ? 1 : Math.min(max, Math.max(min, Math.round(value)));
    }
    const profile: Profile = { width, height, bands, dtype, nodata, mask: false, alpha: null, interleave, compression: 'none', predictor: 1 };
    return { profile, pixels, part: { width: part[0], height: part[1] } };
  });

/** An operation opened as a plan with its standard parameters would open it. */
function opened(operation: Operation, profile: Profile): { kernel: Kernel; halo: number; from: readonly (number | null)[]; output: OutputType } {
  const params: Params = Object.fromEntries(Object.entries(operation.params).map(([name, { standard, required, examples, parse }]) => [name, standard ?? (required === true ? parse(examples![0]) : undefined)]));
  const result = operation.describe(profile, params);
  const marking = chooseMarking(profile, { dtype: result.dtype, bands: result.bands.length, range: result.range, wanted: result.nodata, makesInvalid: result.makesInvalid ?? false });
  const output = { dtype: result.dtype, bands: result.bands.length, ...marking };
  return { kernel: operation.open(profile, output, params), halo: operation.footprint(params).halo, from: result.bands, output };
}

const wholeOf = ({ width, height }: Size): Window => ({ col: 0, row: 0, width, height });

/** The whole window's result: measured and mapped in parts of a size. */
function run(operation: Operation, { profile, pixels }: Case, part: Size): { out: Pixels; from: readonly (number | null)[]; nodata: Nodata } {
  const { kernel, halo, from, output } = opened(operation, profile);
  const reflector = new Reflector();
  const whole = wholeOf(profile);
  const parts = [...gridWindows({ image: profile, cell: part })];
  const measured = kernel.measure?.start();
  // Every other part by itself and then merged, as where the parts are of different tasks.
  parts.forEach((window, i) => {
    const own = i % 2 === 0 ? measured : kernel.measure?.start();
    own?.add(crop(pixels, whole, window), null);
    if (own !== measured) measured?.merge(own!.part());
  });
  const statistics = measured?.finish() ?? new Float64Array(0);
  const out = createPixels(output.dtype, profile, output.bands, profile.interleave);
  for (const window of parts) kernel.apply(reflector.pixels(pixels, profile.dtype, whole, grown(window, halo), whole), null, statistics, crop(out, whole, window));
  return { out, from, nodata: output.nodata };
}

const hasSame = (a: Pixels, b: Pixels): void => assertSameSamples(a.data, b.data, 'the whole window');

test('there are operations', () => assert.ok(operationNames().includes('normalize')));

for (const name of operationNames()) {
  const operation = await loadOperation(name);
  const check = (what: string, law: (one: Case) => void): void => {
    test(what, () => fc.assert(fc.property(cases, law), { numRuns: 300 }));
  };

  describe(`the laws of operations: ${name}`, () => {
    test('its name is its file\'s', () => {
      assert.equal(operation.name, name);
      assert.match(name, /^[a-z][a-z0-9-]*$/);
      assert.ok(operation.summary.length > 0 && !operation.summary.includes('\n'));
    });

    test('its parameters are plain JSON, and read their own text', () => {
      for (const [param, { standard, help, placeholder, parse }] of Object.entries(operation.params)) {
        assert.match(param, /^[a-z][a-zA-Z0-9]*$/);
        assert.ok(help.length > 0 && placeholder !== '');
        if (standard === undefined) continue;
        assert.deepEqual(JSON.parse(JSON.stringify(standard)), standard);
        // As a user writes it: a range as its two ends.
        const words: unknown[] = typeof standard === 'object' && standard !== null ? Object.values(standard) : [standard];
        assert.deepEqual(parse(words.join(',')), standard);
      }
    });

    test('its parameters refuse an empty text, as a variable that is not set gives', () => {
      for (const { placeholder, parse } of Object.values(operation.params)) {
        if (placeholder === undefined) continue;
        for (const text of ['', ' ']) assert.throws(() => parse(text), { name: 'UsageError' }, `"${text}" as ${placeholder}`);
      }
    });

    test('its parameters refuse what is no value of theirs, and take their standard ones', () => {
      for (const [param, { standard, required, examples, placeholder, parse, check: refusal }] of Object.entries(operation.params)) {
        for (const value of [null, {}, [], NaN, Infinity, '', [NaN], () => 1]) {
          const isText = param === 'expr' && value === '';
          assert.equal(typeof refusal(value), isText ? 'undefined' : 'string', param);
        }
        if (standard !== undefined) assert.equal(refusal(standard), undefined, param);
        if (required === true || placeholder === undefined) assert.equal(refusal(parse(examples?.[0] ?? '')), undefined, param);
      }
    });

    check('it leaves its input as it was', (one) => {
      const before = one.pixels.data.slice();
      run(operation, one, one.profile);
      assert.deepEqual(one.pixels.data, before);
    });

    check('it gives the same twice', (one) => hasSame(run(operation, one, one.profile).out, run(operation, one, one.profile).out));

    check('it gives the same whatever parts its window comes in', (one) => {
      hasSame(run(operation, one, one.part).out, run(operation, one, one.profile).out);
    });

    check('it makes nodata of nodata, and of nothing else', (one) => {
      const { profile, pixels } = one;
      const { out, from: sources, nodata } = run(operation, one, profile);
      const from = comparableNodata(profile.dtype, profile.nodata);
      const into = nodataNumber(nodata) ?? 0;
      for (const [band, source] of sources.entries()) {
        if (source === null) continue;
        for (let row = 0; row < profile.height; row++) {
          for (let col = 0; col < profile.width; col++) {
            const value = pixels.get(source, row, col);
            const isInvalid = !Number.isFinite(value) || value === from;
            const result = out.get(band, row, col);
            if (isInvalid) assert.ok(Object.is(result, into), `${value} became ${result}`);
            else if (nodata !== null) assert.ok(!Object.is(result, into), `${value} became nodata`);
          }
        }
      }
    });

    check('it does not care how samples lie in memory', (one) => {
      const { profile, pixels } = one;
      const interleave: Interleave = profile.interleave === 'pixel' ? 'band' : 'pixel';
      const turned = createPixels(profile.dtype, profile, profile.bands, interleave);
      const each = (visit: (band: number, row: number, col: number) => void, bands: number): void => {
        for (let band = 0; band < bands; band++) {
          for (let row = 0; row < profile.height; row++) for (let col = 0; col < profile.width; col++) visit(band, row, col);
        }
      };
      each((band, row, col) => turned.set(band, row, col, pixels.get(band, row, col)), profile.bands);
      const a = run(operation, one, one.part).out;
      const b = run(operation, { ...one, profile: { ...profile, interleave }, pixels: turned }, one.part).out;
      each((band, row, col) => assert.ok(Object.is(a.get(band, row, col), b.get(band, row, col))), a.shape[0]);
    });
  });
}
