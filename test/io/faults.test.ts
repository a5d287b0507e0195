import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { RastqError } from '../../src/index.js';
import { type FaultedRun, faultedRun } from '../support/faulted-run.js';
import { type Fault, type FileCall, isWork } from '../support/file-layer.js';
import { Folder } from '../support/folder.js';

/** What goes wrong in which calls. A call that is interrupted is made again, and one that does less than asked goes on. */
const FAULTS: readonly (readonly [fault: Exclude<Fault, 'flip'>, calls: readonly FileCall[], isHarmless: boolean])[] = [
  [{ code: 'EIO' }, ['statSync', 'lstatSync', 'fstatSync', 'realpathSync', 'readdirSync', 'readFileSync', 'rmSync', 'open', 'read', 'write', 'openSync', 'readSync', 'readvSync', 'writeSync', 'fsyncSync', 'fdatasync', 'ftruncateSync', 'linkSync', 'renameSync'], false],
  [{ code: 'ENOSPC' }, ['open', 'write', 'openSync', 'writeSync', 'fsyncSync', 'fdatasync', 'ftruncateSync', 'linkSync', 'renameSync'], false],
  [{ code: 'EDQUOT' }, ['open', 'write', 'openSync', 'writeSync', 'fsyncSync', 'fdatasync', 'ftruncateSync', 'linkSync', 'renameSync'], false],
  [{ code: 'EMFILE' }, ['open', 'openSync', 'readdirSync', 'readFileSync'], false],
  [{ code: 'EACCES' }, ['statSync', 'lstatSync', 'realpathSync', 'readdirSync', 'readFileSync', 'openSync', 'linkSync', 'renameSync', 'rmSync'], false],
  [{ code: 'EINTR' }, ['openSync', 'readSync', 'readvSync', 'writeSync', 'fsyncSync', 'ftruncateSync', 'linkSync', 'renameSync'], true],
  ['short', ['read', 'write', 'readSync', 'readvSync', 'writeSync'], true],
];

/** What a run may leave that could not look at it, or could not remove it. */
const isOwn = (name: string): boolean => name === '.out.tif.lock' || (name.startsWith('.out.tif.') && name.endsWith('.partial'));

/** A lock's other name, which is gone with its process at the latest. */
const isAside = (name: string): boolean => /^\.out\.tif\..*-.*\.partial$/.test(name);

const RUNS: readonly (readonly [name: string, options: FaultedRun, input?: string])[] = [
  ['a run', {}],
  ['a run that replaces its output', { overwrite: true }],
  ['a run that can be resumed', { resume: true }],
  ['a run that is verified', { verifies: true }],
  ['a run that can be resumed and is verified', { resume: true, verifies: true }],
  ['a run that makes a COG', { cog: true, co: ['BLOCKSIZE=16'], verifies: true }],
  ['a run that reads columns of strips', { co: ['BLOCKXSIZE=16', 'BLOCKYSIZE=16'] }, 'uint8-strips.tif'],
];

for (const [name, options, input] of RUNS) {
  const resumes = 'resume' in options;
  // What is done with a call that fails does not depend on why: one reason will do for runs that differ in part.
  const isFurther = 'verifies' in options || input !== undefined;
  describe(`${name}, with each of its calls on files failing in turn`, () => {
    for (const [fault, names, isHarmless] of FAULTS.filter(([each]) => !isFurther || each === 'short' || each.code === 'EIO')) {
      test(fault === 'short' ? 'by doing half of it' : fault.code, async (t) => {
        const clean = new Folder(t);
        clean.addFixture(input ?? 'uint8-full-range.tif');
        const { calls, error } = await faultedRun(clean, options);
        assert.equal(error, undefined);
        const bytes = readFileSync(clean.at('out.tif'));
        const finished = clean.list();
        let hits = 0;
        for (const number of calls.flatMap((call, i) => (names.includes(call) ? [i + 1] : []))) {
          const folder = new Folder(t);
          folder.addFixture(input ?? 'uint8-full-range.tif');
          let isHit = false;
          let mayLeave = false;
          const faultAt = (call: FileCall, at: number): Fault | undefined => {
            if (at !== number || !names.includes(call)) return undefined;
            isHit = true;
            mayLeave = !isWork(call);
            return fault;
          };
          const outcome = await faultedRun(folder, { ...options, faultAt });
          if (!isHit) continue;
          hits++;
          const left = folder.list().filter((name) => !mayLeave || !isOwn(name));
          const where = `call ${number}: ${String(outcome.error)}; left ${left.join(', ')}`;
          if (outcome.error === undefined) {
            assert.ok(readFileSync(folder.at('out.tif')).equals(bytes), where);
            assert.deepEqual(left.filter((name) => !mayLeave || name !== 'out.tif.partial'), finished, where);
            if (folder.list().length === finished.length) continue;
            // What was left is in no one's way, and the next run clears it.
            assert.equal((await faultedRun(folder, { ...options, overwrite: true })).error, undefined, where);
            assert.deepEqual(folder.list().filter((each) => !isAside(each)), finished, where);
            continue;
          }
          assert.ok(!isHarmless, where);
          assert.ok(outcome.error instanceof RastqError && outcome.error.exitCode === 5, where);
          assert.match(outcome.error.message, fault === 'short' ? /./ : new RegExp(`\\(${fault.code}\\)`), where);
          if (!resumes) {
            assert.deepEqual(left, ['in.tif'], where);
            continue;
          }
          const may = ['in.tif', 'out.tif.journal', 'out.tif.partial'];
          assert.deepEqual(left.filter((each) => !may.includes(each)), [], where);
          assert.equal((await faultedRun(folder, options)).error, undefined, where);
          assert.ok(readFileSync(folder.at('out.tif')).equals(bytes), where);
          assert.deepEqual(folder.list(), finished, where);
        }
        assert.ok(hits > 3, `only ${hits} calls failed`);
      });
    }
  });
}
