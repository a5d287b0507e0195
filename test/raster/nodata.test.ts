import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { UsageError } from '../../src/errors.js';
import type { DType } from '../../src/raster/dtype.js';
import {
  absentSample,
  canBeInvalid,
  chooseMarking,
  comparableNodata,
  formatNodata,
  type Marking,
  type Nodata,
  nodataNumber,
  parseNodata,
  parseTagNodata,
  toNodata,
} from '../../src/raster/nodata.js';

describe('nodata as text', () => {
  test('survives being written and read', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const nodata = toNodata(value);
        assert.ok(nodata !== null);
        const read = parseNodata(formatNodata(nodata))!;
        assert.ok(read === nodata);
        assert.ok(nodataNumber(read) === value || Number.isNaN(value));
        assert.equal(JSON.parse(JSON.stringify(read)), read);
      }),
      { numRuns: 1000 },
    );
  });

  const read: [text: string, wanted: Nodata][] = [
    ['0', 0], ['-9999', -9999], [' 255 ', 255], ['+7', 7], ['1.', 1], ['.5', 0.5], ['-32768.0', -32768], ['1e3', 1000], ['1E+3', 1000],
    ['-3.40282346638528860e+38', -3.4028234663852886e38], ['1e999', 'inf'], ['-1e999', '-inf'],
    ['nan', 'nan'], ['NaN', 'nan'], ['-nan', 'nan'], ['inf', 'inf'], ['-Inf', '-inf'], ['+INFINITY', 'inf'], ['-infinity', '-inf'],
    ['-1.#IND', 'nan'], ['1.#QNAN', 'nan'], ['1.#QNAN0000', 'nan'],
  ];
  for (const [text, wanted] of read) test(`"${text}" is ${String(wanted)}`, () => assert.equal(parseNodata(text), wanted));
  for (const text of ['', ' ', 'none', '0x10', '1,5', '1 2', '--1', 'e5', '.', 'nano', 'Infinity!', '१']) {
    test(`"${text}" is none`, () => assert.equal(parseNodata(text), undefined));
  }
});

describe('the text of the nodata tag, as GDAL 3.6 reads it', () => {
  const cases: [text: string, wanted: Nodata][] = [
    ['', null], [' ', null], ['0', 0], [' 7\n', 7], ['7 8', 7], ['7abc', 7], ['10,5', 10.5], ['0x10', 16], ['none', 0], ['1e1', 10],
    ['-nan', 'nan'], ['1.#QNAN', 'nan'], ['nan(0x8)', 'nan'], ['-inf', '-inf'], ['1e400', 'inf'],
  ];
  for (const [text, wanted] of cases) test(`"${text}" is ${String(wanted)}`, () => assert.equal(parseTagNodata(text), wanted));
});

describe('what samples are compared with', () => {
  const cases: [dtype: DType, nodata: Nodata, wanted: number][] = [
    ['uint8', 0, 0], ['uint8', null, NaN], ['uint8', -9999, NaN], ['uint8', 0.5, 0], ['uint8', 254.9, 254], ['int16', -7.9, -7], ['uint8', 256, NaN], ['uint8', 'nan', NaN],
    ['int16', -32768, -32768], ['int16', 40000, NaN], ['uint32', 4294967295, 4294967295], ['int32', 'inf', NaN],
    ['float32', 0.1, Math.fround(0.1)], ['float32', -3.4028234663852886e38, -3.4028234663852886e38], ['float32', 'nan', NaN],
    ['float32', 'inf', Infinity], ['float32', null, NaN], ['float64', 0.1, 0.1], ['float64', '-inf', -Infinity],
  ];
  for (const [dtype, nodata, wanted] of cases) {
    test(`${dtype} samples with nodata ${String(nodata)}: ${wanted}`, () => assert.ok(Object.is(comparableNodata(dtype, nodata), wanted)));
  }

  test('samples can be invalid where there is a nodata value, and floats always', () => {
    assert.deepEqual([canBeInvalid('uint8', null), canBeInvalid('uint8', 0)], [false, true]);
    assert.deepEqual([canBeInvalid('float32', null), canBeInvalid('float64', 'nan')], [true, true]);
  });
});

interface MarkingCase {
  readonly input: readonly [dtype: DType, nodata: Nodata];
  readonly mask?: boolean;
  readonly alpha?: number;
  readonly bands?: number;
  readonly output: readonly [dtype: DType, min: number, max: number];
  readonly wanted?: Nodata;
  readonly marks: Marking | typeof UsageError;
}

const byValue = (nodata: Nodata): Marking => ({ nodata, mask: false });
const beside = (nodata: Nodata): Marking => ({ nodata, mask: true });
const BY_MASK: Marking = { nodata: null, mask: true };
const NOT_AT_ALL: Marking = { nodata: null, mask: false };

describe('how the output marks invalid pixels', () => {
  const cases: readonly MarkingCase[] = [
    // Nothing can be invalid.
    { input: ['uint8', null], output: ['uint16', 0, 4096], marks: NOT_AT_ALL },
    { input: ['int32', null], output: ['float32', 0, 1], marks: NOT_AT_ALL },
    // The input's own value.
    { input: ['int16', -9999], output: ['int16', 0, 4096], marks: byValue(-9999) },
    { input: ['uint8', 0], output: ['uint16', 1, 4096], marks: byValue(0) },
    { input: ['float32', 'nan'], output: ['float32', 0, 1], marks: byValue('nan') },
    { input: ['float32', '-inf'], output: ['float64', 0, 1], marks: byValue('-inf') },
    { input: ['float64', -3.4028234663852886e38], output: ['float32', 0, 1], marks: byValue(-3.4028234663852886e38) },
    { input: ['uint8', 100], output: ['uint8', 0, 99], marks: byValue(100) },
    // The type's largest value: the own one is not held, or a valid result can equal it.
    { input: ['int16', -9999], output: ['uint16', 0, 4096], marks: byValue(65535) },
    { input: ['uint8', 0], output: ['uint16', 0, 4096], marks: byValue(65535) },
    { input: ['uint8', -9999], output: ['uint8', 0, 254], marks: byValue(255) },
    { input: ['float32', null], output: ['uint16', 0, 4096], marks: byValue(65535) },
    { input: ['float32', 'nan'], output: ['int8', -128, 126], marks: byValue(127) },
    { input: ['float64', 0.1], output: ['float32', 0, 1], marks: byValue('nan') },
    { input: ['float64', 0.1], output: ['float32', 1, 2], marks: byValue('nan') },
    { input: ['float64', 1e40], output: ['float32', 1, 2], marks: byValue('nan') },
    { input: ['uint8', 0], output: ['float32', 0, 1], marks: byValue('nan') },
    { input: ['float32', null], output: ['float64', 0, 1], marks: byValue('nan') },
    // Every value can be a result.
    { input: ['uint8', 0], output: ['uint8', 0, 255], marks: BY_MASK },
    { input: ['float32', null], output: ['int16', -32768, 32767], marks: BY_MASK },
    { input: ['uint8', 0], output: ['uint8', -10, 300], marks: BY_MASK },
    { input: ['uint8', 0], output: ['uint8', 300, 400], marks: byValue(0) },
    { input: ['uint16', 7], output: ['uint8', 300, 400], marks: byValue(7) },
    { input: ['uint8', null], mask: true, output: ['uint8', 0, 255], marks: BY_MASK },
    { input: ['uint8', null], mask: true, output: ['uint16', 0, 4096], marks: BY_MASK },
    // Some bands alone can be invalid, which a mask does not tell.
    { input: ['int16', -99], mask: true, output: ['int16', 0, 4096], marks: beside(-99) },
    { input: ['int16', -99], mask: true, output: ['uint16', 0, 4096], marks: beside(65535) },
    { input: ['float32', null], mask: true, output: ['float32', 0, 1], marks: beside('nan') },
    { input: ['float32', null], mask: true, output: ['uint8', 0, 255], marks: BY_MASK },
    { input: ['int16', -99], mask: true, bands: 1, output: ['int16', 0, 4096], marks: BY_MASK },
    { input: ['int16', -99], mask: true, alpha: 3, output: ['uint16', 0, 4096], marks: BY_MASK },
    // Ends that are no samples count as the samples they become.
    { input: ['uint16', 0], output: ['uint8', 0, 254.7], marks: BY_MASK },
    { input: ['uint16', 0], output: ['uint8', 0, 254.5], marks: byValue(255) },
    { input: ['uint16', 0], output: ['uint8', 0.4, 200], marks: byValue(255) },
    { input: ['uint16', 0], output: ['uint8', 0.6, 200], marks: byValue(0) },
    // Beside an alpha band, which readers forget over a nodata value.
    { input: ['uint8', null], alpha: 3, output: ['uint16', 0, 4096], marks: NOT_AT_ALL },
    { input: ['uint8', 0], alpha: 3, output: ['uint16', 1, 4096], marks: BY_MASK },
    { input: ['uint16', 7], alpha: 3, output: ['float32', 0, 1], marks: BY_MASK },
    // In a type that readers do not expect alpha in.
    { input: ['uint8', null], alpha: 3, output: ['int16', 0, 4096], marks: BY_MASK },
    { input: ['uint8', null], alpha: 3, output: ['float32', 0, 1], marks: BY_MASK },
    { input: ['uint8', null], mask: true, alpha: 3, output: ['uint16', 0, 4096], marks: BY_MASK },
    { input: ['uint8', null], alpha: 3, output: ['uint16', 0, 4096], wanted: 65535, marks: UsageError },
    // What the user asks for.
    { input: ['uint8', null], output: ['uint16', 0, 4096], wanted: 65535, marks: byValue(65535) },
    { input: ['uint8', 0], output: ['int16', 0, 4096], wanted: -1, marks: byValue(-1) },
    { input: ['uint8', 0], output: ['float32', 0, 1], wanted: 'nan', marks: byValue('nan') },
    { input: ['uint8', 0], output: ['float32', 0, 1], wanted: -0.1, marks: byValue(-0.1) },
    { input: ['uint8', 0], output: ['uint16', 0, 4096], wanted: 0, marks: UsageError },
    { input: ['uint8', 0], output: ['uint16', 0, 4096], wanted: 4096, marks: UsageError },
    { input: ['uint8', 0], output: ['uint16', 0, 4096], wanted: -1, marks: UsageError },
    { input: ['uint8', 0], output: ['uint16', 0, 4096], wanted: 4096.5, marks: UsageError },
    { input: ['uint8', 0], output: ['uint16', 0, 4096], wanted: 'nan', marks: UsageError },
    { input: ['uint8', 0], output: ['uint8', 0, 254.7], wanted: 255, marks: UsageError },
    { input: ['uint8', 0], output: ['float32', 0, 4096], wanted: 4096.00001, marks: UsageError },
  ];
  for (const { input: [dtype, nodata], mask = false, alpha = null, bands = 4, output: [outputType, min, max], wanted, marks } of cases) {
    const asked = wanted === undefined ? '' : `, --nodata ${String(wanted)}`;
    const others = `${bands === 4 ? '' : `, bands: ${bands}`}${mask ? ' and a mask' : ''}${alpha === null ? '' : ' and alpha'}`;
    test(`${dtype} with nodata ${String(nodata)}${others} to ${outputType} ${min}..${max}${asked}`, () => {
      const choose = (): Marking => chooseMarking({ dtype, nodata, mask, alpha }, { dtype: outputType, bands, range: { min, max }, wanted });
      if (marks === UsageError) assert.throws(choose, UsageError);
      else assert.deepEqual(choose(), marks);
    });
  }

  test('what is refused says what would do', () => {
    const refuse = (wanted: number) => () =>
      chooseMarking({ dtype: 'uint8', nodata: 0, mask: false, alpha: null }, { dtype: 'uint16', bands: 4, range: { min: 0, max: 4096 }, wanted });
    assert.throws(refuse(0), /--range 1,4096 --nodata 0/);
    assert.throws(refuse(4096), /--range 0,4095 --nodata 4096/);
    assert.throws(refuse(7), /below 0 or above 4096/);
  });
});

describe('what a file does not store', () => {
  for (const [dtype, last] of [['uint64', 2 ** 64], ['int64', 2 ** 63]] as const) {
    test(`is invalid where nodata is the last value of ${dtype}, which a double rounds up`, () => {
      assert.equal(absentSample(dtype, last), comparableNodata(dtype, last));
    });
  }
});
