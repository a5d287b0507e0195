import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Tag, TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { FormatError, parseCreationOptions, type PlanInput, planRequest, UnsupportedError, UsageError } from '../../src/index.js';
import { describeFile } from '../../src/pipeline/describe.js';
import { chained } from './chained.js';
import { MASK, maskOf, OVERVIEW, SCENE } from './specs.js';
import { temporaryFolder } from './support.js';

/** Tags that files in the wild have wrong or odd, taken as GDAL 3.6 takes them: looked at with GDAL, file by file. */

const folder = temporaryFolder();
let files = 0;

async function inputOf(file: Uint8Array, expand?: 'rgb'): Promise<PlanInput> {
  const input = join(folder, `${files++}.tif`);
  writeFileSync(input, file);
  const request = { input, output: join(folder, 'out.tif'), steps: [{ operation: 'normalize', params: { range: { min: 0, max: 4096 }, dtype: 'uint16' } }], window: 256, overwrite: false, expand };
  return (await planRequest({ ...request, creation: await parseCreationOptions([]) })).plan.input;
}

const RGBA: TiffSpec = {
  width: 20, height: 10, bands: 4, dtype: 'uint8', photometric: 2, layout: { rowsPerStrip: 4 }, pixel: (band, row, col) => (band * 50 + row * 7 + col) % 256,
};

describe('ExtraSamples', () => {
  const cases: readonly (readonly [values: readonly number[], alpha: number | null, why: string])[] = [
    [[2], 3, 'unassociated alpha'],
    [[1], 3, 'associated alpha'],
    [[999], 3, "Corel Draw's number of unassociated alpha"],
    [[0], null, 'nothing in particular'],
    [[7], null, 'a value that libtiff drops the tag for'],
    [[2, 0, 0], null, 'of the last bands, the first of which is alpha'],
    [[0, 0, 2], 3, 'of the last bands, the last of which is alpha'],
    [[2, 2, 2, 2, 2], null, 'of more bands than there are'],
  ];
  for (const [values, alpha, why] of cases) {
    it(`${values.join(', ')}: ${why}`, async () => {
      const tag: Tag = { tag: 338, type: 'SHORT', values };
      assert.equal((await inputOf(writeTiff({ ...RGBA, extraTags: [tag] }))).profile.alpha, alpha);
    });
  }

  it('says nothing of valid pixels where a nodata value does', async () => {
    assert.equal((await inputOf(writeTiff({ ...RGBA, extraSamples: [2], nodata: '0' }))).profile.alpha, null);
    assert.equal((await inputOf(writeTiff({ ...RGBA, extraSamples: [2], nodata: '-1' }))).profile.alpha, 3);
  });
});

describe('CMYK with more than its inks', () => {
  it('is read as red, green, blue and alpha, the rest left out', async () => {
    const { profile, stored } = await inputOf(writeTiff({ ...RGBA, bands: 5, photometric: 5, extraSamples: [0] }));
    assert.deepEqual([stored.bands, profile.bands, profile.alpha], [5, 4, 3]);
  });
});

describe('directories', () => {
  it('that all call themselves overviews or masks: the first is the image', async () => {
    for (const kind of [OVERVIEW, MASK]) assert.equal((await inputOf(writeTiff({ ...SCENE, extraTags: [kind] }))).profile.width, SCENE.width);
  });

  it('of a mask a band are refused', async () => {
    const perBand = { ...maskOf(SCENE, () => false), bands: SCENE.bands };
    await assert.rejects(inputOf(chained(writeTiff(SCENE), writeTiff(perBand))), (error) => {
      assert.ok(error instanceof UnsupportedError);
      assert.match(error.message, /a mask of 2 bands.*gdal_translate -mask 1/);
      return true;
    });
  });
});

describe('--expand rgb', () => {
  const COLOURS: Tag = { tag: 320, type: 'SHORT', values: Array.from({ length: 768 }, (_, at) => (at % 256) * 257) };
  const indexed: TiffSpec = { ...RGBA, bands: 1, photometric: 3, extraTags: [COLOURS] };

  it('makes three bands of bytes, and a mask of nodata', async () => {
    const { profile, stored, colourTable } = await inputOf(writeTiff({ ...indexed, nodata: '5' }), 'rgb');
    assert.deepEqual([stored.bands, profile.bands, profile.dtype, profile.nodata, profile.mask], [1, 3, 'uint8', null, true]);
    assert.deepEqual(colourTable?.[200], [200, 200, 200]);
  });

  const refusals: readonly (readonly [what: string, spec: TiffSpec, kind: new (...words: never[]) => Error, words: RegExp])[] = [
    ['grey', { ...indexed, photometric: 1 }, UsageError, /has no colour table/],
    ['indexes without a table', { ...indexed, extraTags: [] }, UsageError, /has no colour table/],
    ['a table that is too short', { ...indexed, extraTags: [{ ...COLOURS, values: [1, 2, 3] }] }, FormatError, /3 values, wanted 768/],
    ['indexes and alpha', { ...indexed, bands: 2, extraSamples: [2] }, UnsupportedError, /2 bands.*gdal_translate -expand rgba/],
    ['signed indexes', { ...indexed, dtype: 'int8' }, UnsupportedError, /8-bit int.*gdal_translate/],
  ];
  for (const [what, spec, kind, words] of refusals) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(inputOf(writeTiff(spec), 'rgb'), (error) => {
        assert.ok(error instanceof kind, String(error));
        assert.match(error.message, words);
        return true;
      });
    });
  }
});

describe('info looks beside the file', () => {
  const AUX = `<PAMDataset>${[1, 2].map((band) => `<PAMRasterBand band="${band}"><NoDataValue>7</NoDataValue></PAMRasterBand>`).join('')}</PAMDataset>`;
  const write = (name: string, file: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, file);
    return path;
  };
  const overview = (width: number, height: number): Uint8Array => writeTiff({ ...SCENE, width, height, extraTags: [OVERVIEW] });

  it('at a mask, nodata and overviews', async () => {
    const path = write('beside.tif', writeTiff(SCENE));
    const alone = await describeFile(path, 1);
    assert.deepEqual([alone.mask, alone.nodata, alone.overviews, alone.sidecars], ['none', null, [], []]);
    const aux = write('beside.tif.aux.xml', AUX);
    const withNodata = await describeFile(path, 1);
    assert.deepEqual([withNodata.mask, withNodata.nodata, withNodata.sidecars], ['nodata', 7, [aux]]);
    const ovr = write('beside.tif.ovr', chained(overview(150, 140), overview(75, 70)));
    const msk = write('beside.tif.msk', writeTiff(maskOf(SCENE, (row) => row > 9)));
    const all = await describeFile(path, 1);
    assert.deepEqual([all.mask, all.nodata, all.sidecars], ['external', 7, [msk, aux, ovr]]);
    assert.deepEqual(all.overviews, [{ width: 150, height: 140 }, { width: 75, height: 70 }]);
  });

  it('and believes the file itself first, but for nodata, as GDAL does', async () => {
    const path = write('own.tif', chained(writeTiff({ ...SCENE, nodata: '3' }), overview(150, 140), writeTiff(maskOf(SCENE, (row) => row > 9))));
    write('own.tif.aux.xml', AUX);
    write('own.tif.ovr', overview(75, 70));
    const { mask, nodata, overviews } = await describeFile(path, 1);
    assert.deepEqual([mask, nodata, overviews], ['internal', 7, [{ width: 150, height: 140 }]]);
  });
});
