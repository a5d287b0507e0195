import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { hills } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { openRaster, planRequest } from '../../src/index.js';
import { describeFile } from '../../src/pipeline/describe.js';
import { temporaryFolder } from './support/folder.js';
import { missingModules, runPython } from './support/python.js';
import { normalize } from './support/run.js';

const folder = temporaryFolder();
type Transform = readonly number[] | null;

describe('where a raster lies is read beside it, as GDAL reads it', { skip: missingModules('osgeo.gdal', 'numpy') }, () => {
  let names: readonly string[] = [];
  let places: readonly { readonly before: Transform; readonly after: Transform }[] = [];
  const made = (name: string): string => join(folder, `made-${name}`);
  before(async () => {
    names = runPython('placement.py', { folder }) as typeof names;
    for (const name of names) await normalize(join(folder, name), made(name));
    const look = (paths: readonly string[]): Transform[] => runPython('placement.py', { look: paths }) as Transform[];
    const [inputs, outputs] = [look(names.map((name) => join(folder, name))), look(names.map(made))];
    places = inputs.map((place, i) => ({ before: place, after: outputs[i] }));
  });

  test('and written into the output', () => {
    assert.ok(names.length >= 8);
    for (const [i, { before: wanted, after }] of places.entries()) assert.deepEqual(after, wanted, names[i]);
    assert.equal(places.filter(({ before: wanted }) => wanted === null).length, 1);
  });

  test('and told by info and the library', async () => {
    for (const [i, { before: wanted }] of places.entries()) {
      const path = join(folder, names[i]);
      assert.deepEqual((await describeFile(path, 1)).transform, wanted, names[i]);
      const raster = await openRaster(path);
      assert.deepEqual(raster.transform, wanted, names[i]);
      await raster.close();
    }
  });
});

test('of a place beside a raster that is not read the user is warned', async () => {
  const input = join(folder, 'unread.tif');
  const spec: TiffSpec = { width: 20, height: 10, bands: 1, dtype: 'uint8', pixel: hills(1, 100), layout: { rowsPerStrip: 10 }, compression: 'none' };
  writeFileSync(input, writeTiff(spec));
  writeFileSync(`${input}.aux.xml`, '<PAMDataset><SRS>PROJCS["a"]</SRS><GCPList><GCP/></GCPList></PAMDataset>');
  const { warnings } = await planRequest({ input, output: join(folder, 'unread-out.tif'), steps: [{ operation: 'clamp', params: { min: 0, max: 1 } }] });
  const said = warnings.filter((warning) => warning.startsWith(`${input}.aux.xml: holds the `));
  assert.deepEqual(said.map((warning) => /holds the ([a-z ]+),/.exec(warning)![1]), ['reference system', 'control points']);
});
