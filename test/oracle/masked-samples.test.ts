import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { parseCreationOptions, planRequest, prepareTarget, runPlan } from '../../src/index.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules, runPython } from './support/python.js';
import { INLINE } from './support/run.js';

const folder = temporaryFolder();

const INPUTS = [
  { path: join(folder, 'float.tif'), dtype: 'float32', nodata: null },
  { path: join(folder, 'float-nodata.tif'), dtype: 'float32', nodata: -9999 },
  { path: join(folder, 'integer.tif'), dtype: 'int16', nodata: -99 },
];

const STEPS: readonly { readonly operation: string; readonly params: Readonly<Record<string, unknown>>; readonly bands: readonly number[] }[] = [
  { operation: 'select-bands', params: { bands: [3, 1] }, bands: [2, 0] },
  { operation: 'clamp', params: { min: 20, max: 150 }, bands: [0, 1, 2] },
  { operation: 'sharpen', params: { amount: 2 }, bands: [0, 1, 2] },
  { operation: 'scale', params: { factor: 2, offset: 0, dtype: 'uint16' }, bands: [0, 1, 2] },
  { operation: 'normalize', params: { range: { min: 0, max: 4096 }, dtype: 'uint16', scope: 'window' }, bands: [0, 1, 2] },
];

describe('what is invalid in some bands only, beside a mask, stays so', { skip: missingModules('osgeo.gdal', 'numpy') }, () => {
  const cases = INPUTS.flatMap(({ path }, i) => STEPS.map((step, n) => ({ input: path, output: join(folder, `out-${i}-${n}.tif`), ...step })));
  let found: readonly { readonly differing: number; readonly valid: number }[] = [];
  before(async () => {
    runPython('masked_samples.py', { make: INPUTS });
    for (const { input, output, operation, params } of cases) {
      const { plan } = await planRequest({ input, output, steps: [{ operation, params }], window: 32, creation: await parseCreationOptions([]), overwrite: true });
      await runPlan(plan, { ...INLINE, target: prepareTarget(output, { overwrite: true }) });
    }
    found = runPython('masked_samples.py', { compare: cases }) as typeof found;
  });

  cases.forEach(({ input, operation }, i) => {
    test(`${input.slice(folder.length + 1)}: ${operation}`, () => {
      assert.equal(found[i].differing, 0);
      assert.ok(found[i].valid > 1000);
    });
  });
});
