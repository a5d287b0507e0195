import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { hills } from '../../fixtures/pixels.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { chained } from './chained.js';
import { CHECK_OUTPUTS } from './gdal-check.js';
import { MAKE_INPUTS } from './gdal-inputs.js';
import { noOracles, python, rastq, temporaryFolder } from './support.js';

interface Made {
  readonly name: string;
  readonly words: readonly string[];
  /** The file that GDAL reads the same pixels from. */
  readonly reference: string;
}

interface Case extends Made {
  readonly output: string;
  /** Whether the output must have a mask of its own. */
  readonly mask: boolean;
}

const SCENE: TiffSpec = { width: 300, height: 280, bands: 2, dtype: 'uint16', pixel: hills(3, 3000), layout: { rowsPerStrip: 50 } };
const FULL_MASK = { tag: 254, type: 'LONG', values: [4] } as const;

/** A mask of whole bytes, 0 or 255, which GDAL reads but does not make. */
function withByteMask(): Uint8Array {
  const mask = writeTiff({
    ...SCENE, bands: 1, dtype: 'uint8', photometric: 4, compression: 'packbits', extraTags: [FULL_MASK],
    pixel: (_band, row, col) => ((row * col) % 7 === 3 || row < 40 ? 0 : 255),
  });
  return chained(writeTiff(SCENE), mask);
}

describe('normalize of what GDAL made is what numpy computes', { skip: noOracles }, () => {
  const folder = temporaryFolder();
  let cases: Case[] = [];
  let faults: Record<string, string[]> = {};
  const failed: string[] = [];

  before(() => {
    const byteMask = join(folder, 'mask-bytes.tif');
    writeFileSync(byteMask, withByteMask());
    const made = [...(python(MAKE_INPUTS, folder) as Made[]), { name: 'mask-bytes', words: [], reference: byteMask }];
    cases = made.map((one, i) => ({
      ...one,
      output: join(folder, `out-${i}-${one.name}.tif`),
      mask: one.name.startsWith('mask') || one.name === 'msk',
    }));
    for (const { name, words, output } of cases) {
      const { code, stderr } = rastq('normalize', join(folder, `${name}.tif`), output, '--pool', 'inline', ...words);
      if (code !== 0) failed.push(`${name}: ${code}: ${stderr}`);
    }
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
    faults = python(CHECK_OUTPUTS, join(folder, 'cases.json')) as Record<string, string[]>;
  });

  const about = (pattern: RegExp): string[] =>
    cases.filter(({ name }) => pattern.test(name)).flatMap(({ name, output }) => faults[output].map((fault) => `${name}: ${fault}`));

  it('runs on all of them', () => {
    assert.deepEqual(failed, []);
    assert.ok(cases.length > 80, `only ${cases.length} inputs`);
  });
  it('leaves out what an internal mask of bits or bytes, or a mask beside the file, leaves out', () => assert.deepEqual(about(/^ma?sk/), []));
  it('keeps alpha bands alpha bands', () => assert.deepEqual(about(/alpha|rgba/), []));
  it('knows nodata in the file and beside it', () => assert.deepEqual(about(/^(nodata|nan|aux)/), []));
  it('reads and writes 64-bit integers', () => assert.deepEqual(about(/int64/), []));
  it('unpacks samples of 1 to 31 bits', () => assert.deepEqual(about(/nbits/), []));
  it('widens floats of 16 bits', () => assert.deepEqual(about(/float16/), []));
  it('takes indexes as values, or looks them up', () => assert.deepEqual(about(/palette/), []));
  it('turns CMYK to RGBA', () => assert.deepEqual(about(/cmyk/), []));
  it('takes the page that is asked for', () => assert.deepEqual(about(/page/), []));
});
