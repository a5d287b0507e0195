import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { IoError } from '../../src/index.js';
import { type FaultedRun, faultedRun } from '../support/faulted-run.js';
import { Folder } from '../support/folder.js';

const LAYOUTS: readonly (readonly [name: string, fixture: string, run: FaultedRun])[] = [
  ['tiles', 'uint8-full-range.tif', {}],
  ['plain bytes', 'uint8-full-range.tif', { co: ['COMPRESS=NONE'] }],
  ['band by band, by LZW', 'planar.tif', { co: ['COMPRESS=LZW', 'INTERLEAVE=BAND'] }],
  ['tiles that are left out', 'sparse-zero.tif', { co: ['SPARSE_OK=TRUE', 'COMPRESS=PACKBITS'] }],
  ['a COG', 'uint8-full-range.tif', { cog: true, co: ['BLOCKSIZE=16', 'COMPRESS=ZSTD'] }],
  ['a COG of bands', 'planar.tif', { cog: true, co: ['BLOCKSIZE=32', 'INTERLEAVE=BAND'] }],
  ['BigTIFF', 'byte-nodata-oor.tif', { co: ['BIGTIFF=YES'] }],
];

describe('a bit that turns over in any write of a run that is verified', () => {
  for (const [name, fixture, run] of LAYOUTS) {
    test(`is found, or is not in the output: ${name}`, async (t) => {
      const clean = new Folder(t);
      clean.addFixture(fixture);
      const { calls, error } = await faultedRun(clean, { ...run, verifies: true });
      assert.equal(error, undefined);
      const bytes = readFileSync(clean.at('out.tif'));
      let found = 0;
      const writes = calls.flatMap((call, i) => (call === 'writeSync' || call === 'write' ? [i + 1] : []));
      for (const number of writes) {
        const folder = new Folder(t);
        folder.addFixture(fixture);
        const outcome = await faultedRun(folder, { ...run, verifies: true, faultAt: (_, at) => (at === number ? 'flip' : undefined) });
        if (outcome.error === undefined) {
          // The lock's, or of bytes that are moved and written over.
          assert.ok(readFileSync(folder.at('out.tif')).equals(bytes), `call ${number}`);
          continue;
        }
        found++;
        assert.ok(outcome.error instanceof IoError);
        assert.match(outcome.error.message, /out\.tif: verification failed: (tile at column \d+, row \d+|its head)/);
        assert.deepEqual(folder.list(), ['in.tif']);
      }
      assert.ok(found > 1 && found >= writes.length - 2, `${found} of ${writes.length} writes`);
    });
  }
});
