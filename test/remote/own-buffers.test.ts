import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { grain } from '../../fixtures/pixels.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { checkTarget, planRequest, runPlan, STANDARD_ACCESS } from '../../src/index.js';
import { INLINE } from '../oracle/support/run.js';
import { Folder } from '../support/folder.js';
import { type Fault, serveBytes } from './support/fault-server.js';

const MB = 2 ** 20;
/** Of 512 kB a block, and more in all than is held for another pass. */
const file = writeTiff({ width: 1200, height: 1100, bands: 4, dtype: 'uint16', pixel: grain(0, 9000), layout: { tile: { width: 256, height: 256 } } });

// Blocks that one task needs alone come to its buffer by themselves, those of neighbours do not.
describe('blocks that come to the buffers of tasks, as if they lay on the disk', () => {
  for (const operation of ['normalize', 'sharpen']) {
    for (const fault of [undefined, 'drop midway', 'truncate', 'too much', 'wrong range', 503] as const satisfies readonly (Fault | undefined)[]) {
      test(`${operation}, ${fault === undefined ? 'where all is well' : `${fault} every third time`}`, async (t) => {
        const folder = new Folder(t);
        writeFileSync(folder.at('in.tif'), file);
        const served = await serveBytes(t, file, { fault: (n) => (n % 3 === 1 ? fault : undefined) });
        const access = { ...STANDARD_ACCESS, aheadBytes: 4 * MB };
        for (const [input, output] of [[folder.at('in.tif'), folder.at('local.tif')], [served.url, folder.at('out.tif')]]) {
          const { plan, snapshots } = await planRequest({ input, output, steps: [{ operation }], access });
          await runPlan(plan, { ...INLINE, workers: 2, pool: 'threads', target: checkTarget(output, { overwrite: false }), access: { ...access, snapshots } });
        }
        assert.ok(folder.read('out.tif').equals(folder.read('local.tif')));
      });
    }
  }
});
