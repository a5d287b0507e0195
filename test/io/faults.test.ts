import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { planRequest, prepareTarget, RastqError, runPlan } from '../../src/index.js';
import { INLINE } from '../oracle/support/run.js';
import { type Fault, type FileCall, isWork, watchFiles } from '../support/file-layer.js';
import { Folder } from '../support/folder.js';

/** What goes wrong in which calls. A call that is interrupted is made again, and one that does less than asked goes on. */
const FAULTS: readonly (readonly [fault: Exclude<Fault, 'flip'>, calls: readonly FileCall[], isHarmless: boolean])[] = [
  [{ code: 'EIO' }, ['statSync', 'lstatSync', 'fstatSync', 'realpathSync', 'readdirSync', 'readFileSync', 'rmSync', 'openSync', 'readSync', 'writeSync', 'fsyncSync', 'fdatasync', 'ftruncateSync', 'linkSync', 'renameSync'], false],
  [{ code: 'ENOSPC' }, ['openSync', 'writeSync', 'fsyncSync', 'fdatasync', 'ftruncateSync', 'linkSync', 'renameSync'], false],
  [{ code: 'EDQUOT' }, ['openSync', 'writeSync', 'fsyncSync', 'fdatasync', 'linkSync', 'renameSync'], false],
  [{ code: 'EMFILE' }, ['openSync', 'readdirSync', 'readFileSync'], false],
  [{ code: 'EACCES' }, ['statSync', 'lstatSync', 'realpathSync', 'readdirSync', 'readFileSync', 'openSync', 'linkSync', 'renameSync', 'rmSync'], false],
  [{ code: 'EINTR' }, ['openSync', 'readSync', 'writeSync', 'fsyncSync', 'ftruncateSync', 'linkSync', 'renameSync'], true],
  ['short', ['readSync', 'writeSync'], true],
];

interface Outcome {
  readonly calls: number;
  readonly error: unknown;
}

/** Runs once; what is to go wrong, goes wrong at one call. */
async function attempt(folder: Folder, { resume, overwrite, faultAt }: { readonly resume: boolean; readonly overwrite: boolean; readonly faultAt: (call: FileCall, number: number) => Fault | undefined }): Promise<Outcome> {
  let calls = 0;
  const unwatch = watchFiles(folder.path, (call) => faultAt(call, ++calls));
  try {
    const output = folder.at('out.tif');
    const { plan } = await planRequest({
      input: folder.at('in.tif'),
      output,
      steps: [{ operation: 'normalize', params: { range: { min: 0, max: 255 }, dtype: 'uint8' } }],
      window: 64,
      creation: {},
      overwrite,
      resume,
    });
    await runPlan(plan, { ...INLINE, target: prepareTarget(output, { overwrite, resume, durable: true }) });
    return { calls, error: undefined };
  } catch (error) {
    return { calls, error };
  } finally {
    unwatch();
  }
}

const nothing = (): undefined => undefined;

/** What a run may leave that could not look at it, or could not remove it. */
const isOwn = (name: string): boolean => name === '.out.tif.lock' || (name.startsWith('.out.tif.') && name.endsWith('.partial'));

for (const [name, options] of [
  ['a run', { resume: false, overwrite: false }],
  ['a run that replaces its output', { resume: false, overwrite: true }],
  ['a run that can be resumed', { resume: true, overwrite: false }],
] as const) {
  describe(`${name}, with each of its calls on files failing in turn`, () => {
    for (const [fault, names, isHarmless] of FAULTS) {
      test(fault === 'short' ? 'by doing half of it' : fault.code, async (t) => {
        const clean = new Folder(t);
        clean.addFixture('uint8-full-range.tif');
        const { calls, error } = await attempt(clean, { ...options, faultAt: nothing });
        assert.equal(error, undefined);
        const bytes = readFileSync(clean.at('out.tif'));
        const finished = clean.list();
        let hits = 0;
        for (let number = 1; number <= calls + 5; number++) {
          const folder = new Folder(t);
          folder.addFixture('uint8-full-range.tif');
          let isHit = false;
          let mayLeave = false;
          const faultAt = (call: FileCall, at: number): Fault | undefined => {
            if (at !== number || !names.includes(call)) return undefined;
            isHit = true;
            mayLeave = !isWork(call);
            return fault;
          };
          const outcome = await attempt(folder, { ...options, faultAt });
          if (!isHit) continue;
          hits++;
          const left = folder.list().filter((name) => !mayLeave || !isOwn(name));
          const where = `call ${number}: ${String(outcome.error)}; left ${left.join(', ')}`;
          if (outcome.error === undefined) {
            assert.ok(readFileSync(folder.at('out.tif')).equals(bytes), where);
            assert.deepEqual(left.filter((name) => !mayLeave || name !== 'out.tif.partial'), finished, where);
            // What was left is in no one's way, and the next run clears it.
            assert.equal((await attempt(folder, { ...options, overwrite: true, faultAt: nothing })).error, undefined, where);
            assert.deepEqual(folder.list(), finished, where);
            continue;
          }
          assert.ok(!isHarmless, where);
          assert.ok(outcome.error instanceof RastqError && outcome.error.exitCode === 5, where);
          assert.match(outcome.error.message, fault === 'short' ? /./ : new RegExp(`\\(${fault.code}\\)`), where);
          if (!options.resume) {
            assert.deepEqual(left, ['in.tif'], where);
            continue;
          }
          const may = ['in.tif', 'out.tif.journal', 'out.tif.partial'];
          assert.deepEqual(left.filter((each) => !may.includes(each)), [], where);
          assert.equal((await attempt(folder, { ...options, faultAt: nothing })).error, undefined, where);
          assert.ok(readFileSync(folder.at('out.tif')).equals(bytes), where);
          assert.deepEqual(folder.list(), finished, where);
        }
        assert.ok(hits > 0, 'nothing failed');
      });
    }
  });
}
