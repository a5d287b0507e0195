import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { planRequest, type Params, run, UsageError } from '../../src/index.js';
import { readByGeotiff } from '../oracle/support/geotiff.js';
import { Folder } from '../support/folder.js';
import { pathOf } from './support.js';

const SCENE = pathOf('scene.tif');
const RANGE = 'wanted two numbers MIN,MAX with MIN < MAX; in JSON {"min":0,"max":4096}';
const PERCENTILE = 'wanted two numbers LOW,HIGH from 0 to 100 with LOW < HIGH; in JSON [2,98]';
const BANDS = 'wanted whole numbers from 1, as in 4,3,2; in JSON [1]';
const KERNEL = 'in JSON [[0,-1,0],[-1,5,-1],[0,-1,0]]';
const ROWS = `wanted rows of as many numbers each; ${KERNEL}`;

/** What a program may give and no command line: the operation, its parameters, and what is said of them. */
const WRONG: readonly (readonly [operation: string, params: Params, says: string])[] = [
  ['select-bands', { bands: [0] }, `bands is [ 0 ], ${BANDS}`],
  ['select-bands', { bands: [-1] }, `bands is [ -1 ], ${BANDS}`],
  ['select-bands', { bands: [1.5] }, `bands is [ 1.5 ], ${BANDS}`],
  ['select-bands', { bands: [] }, `bands is [], ${BANDS}`],
  ['select-bands', { bands: ['1'] }, `bands is [ '1' ], ${BANDS}`],
  ['select-bands', { bands: '1,2' }, `bands is '1,2', ${BANDS}`],
  ['select-bands', { bands: new Array(2) }, `bands is [ <2 empty items> ], ${BANDS}`],
  ['convolve', { kernel: [[1, 2], [3, 4]] }, `kernel is [ [ 1, 2 ], [ 3, 4 ] ], a kernel of 2 x 2, wanted odd numbers up to 99; ${KERNEL}`],
  ['convolve', { kernel: [] }, `kernel is [], ${ROWS}`],
  ['convolve', { kernel: [[]] }, `kernel is [ [] ], ${ROWS}`],
  ['convolve', { kernel: [[1, 2, 3], [1]] }, `kernel is [ [ 1, 2, 3 ], [ 1 ] ], ${ROWS}`],
  ['convolve', { kernel: [1] }, `kernel is [ 1 ], ${ROWS}`],
  ['convolve', { kernel: [[NaN]] }, `kernel is [ [ NaN ] ], wanted numbers from -1e+100 to 1e+100; ${KERNEL}`],
  ['convolve', { kernel: '0 -1 0' }, `kernel is '0 -1 0', ${ROWS}`],
  ['normalize', { range: { min: 5, max: 1 } }, `range is { min: 5, max: 1 }, ${RANGE}`],
  ['normalize', { range: { min: 5, max: 5 } }, `range is { min: 5, max: 5 }, ${RANGE}`],
  ['normalize', { range: { min: 0, max: Infinity } }, `range is { min: 0, max: Infinity }, ${RANGE}`],
  ['normalize', { range: [0, 1] }, `range is [ 0, 1 ], ${RANGE}`],
  ['normalize', { scope: 'x' }, "scope is 'x', wanted window, band or dataset"],
  ['normalize', { percentile: [98, 2] }, `percentile is [ 98, 2 ], ${PERCENTILE}`],
  ['normalize', { percentile: [-5, 300] }, `percentile is [ -5, 300 ], ${PERCENTILE}`],
  ['normalize', { percentile: ['a', 'b'] }, `percentile is [ 'a', 'b' ], ${PERCENTILE}`],
  ['normalize', { percentile: { low: 2, high: 98 } }, `percentile is { low: 2, high: 98 }, ${PERCENTILE}`],
  ['normalize', { percentile: [2] }, `percentile is [ 2 ], ${PERCENTILE}`],
  ['normalize', { dtype: 'float16' }, "dtype is 'float16', wanted one of uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64"],
  ['normalize', { nodata: 'none' }, "nodata is 'none', wanted a number, nan, inf or -inf"],
  ['reverse-bands', { nodata: NaN }, 'nodata is NaN, wanted a number, nan, inf or -inf'],
  ['clamp', { min: 'a', max: 2 }, "min is 'a', wanted a number"],
  ['clamp', { min: 0, max: NaN }, 'max is NaN, wanted a number'],
  ['scale', { factor: '2' }, "factor is '2', wanted a number"],
  ['sharpen', { amount: Infinity }, 'amount is Infinity, wanted a number'],
  ['sharpen', { seams: 'no' }, "seams is 'no', wanted true or false"],
  ['calc', { expr: 3 }, 'expr is 3, wanted an expression, a text'],
  ['calc', { expr: 'b1', names: { b1: 9 } }, 'a place in names is 9, wanted a whole number from 0 to 3'],
];

test('parameters that the command line would refuse are refused by name, before anything is made', async (t) => {
  const folder = new Folder(t);
  for (const [operation, params, says] of WRONG) {
    await assert.rejects(planRequest({ input: SCENE, output: folder.at('out.tif'), steps: [{ operation, params }] }), (error: unknown) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.equal(error.message, `${operation}: ${says}`);
      return true;
    });
  }
  assert.deepEqual(folder.list(), []);
});

test('parameters stay in the plan as they are given, also those that came as JSON', async (t) => {
  const output = new Folder(t).at('out.tif');
  const given: readonly (readonly [operation: string, params: Params])[] = [
    ['select-bands', { bands: [3, 1, 3], nodata: 0 }],
    ['convolve', { kernel: [[1, -2.5, 1e99]], dtype: 'float64', nodata: 'nan' }],
    ['normalize', { range: { min: -1, max: 0.5 }, scope: 'dataset', percentile: [0, 99.9], dtype: 'float32', nodata: '-inf' }],
    ['sharpen', { amount: -1, seams: false }],
    ['calc', { expr: 'b2 - b1', dtype: 'float32' }],
  ];
  for (const [operation, params] of JSON.parse(JSON.stringify(given)) as typeof given) {
    const { plan } = await planRequest({ input: SCENE, output, steps: [{ operation, params }] });
    assert.deepEqual(plan.steps[0].params, params);
  }
  const { plan } = await planRequest({ input: SCENE, output, steps: [{ operation: 'normalize', params: { nodata: null, scope: undefined } }] });
  assert.deepEqual(plan.steps[0].params, { range: { min: 0, max: 4096 }, scope: 'window', dtype: 'uint16' });
});

const MINE = `export default {
  params: { by: { standard: 2 }, box: { standard: { left: 1 } }, dtype: { standard: 'whole' }, free: {}, read: { parse: (text) => ({ text }) } },
  kernel: (window, { by, box, dtype, free, read }) => {
    if (dtype !== 'half' || free !== 'anything' || read.of !== 'any kind') throw new Error('other parameters');
    for (let i = 0; i < window.data.length; i++) window.data[i] = by * box.left;
    return window;
  },
};`;

test("parameters of a user's operation are of their standard value's kind, others are free", async (t) => {
  const folder = new Folder(t);
  writeFileSync(folder.at('mine.mjs'), MINE);
  const planned = (params: Params) => planRequest({ input: pathOf('int8.tif'), output: folder.at('out.tif'), steps: [{ operation: folder.at('mine.mjs'), params }] });
  for (const [params, says] of [
    [{ by: 'x' }, /mine\.mjs: by is 'x', wanted something like 2$/],
    [{ box: { right: 1 } }, /mine\.mjs: box is \{ right: 1 \}, wanted one of the same form; in JSON \{"left":1\}$/],
    [{ other: 1 }, /has no parameter "other"/],
  ] as const) await assert.rejects(planned(params), (error) => error instanceof UsageError && says.test(error.message));
  await run(await planned({ by: 3, box: { left: 7 }, dtype: 'half', free: 'anything', read: { of: 'any kind' } }), { pool: 'inline' });
  assert.ok((await readByGeotiff(folder.at('out.tif'))).bands[0].includes(21));
});
