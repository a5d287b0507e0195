import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { markedProcesses, noProcessList } from '../support/children.js';
import { failureOf, onlyLine, runCli, startCli } from '../support/cli.js';
import { Gate, growing, SMALL_TASKS, withFault } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const MIDWAY = ['normalize', 'in.tif', 'out.tif', ...SMALL_TASKS, '-j', '2'];
const TASK = String.raw`task \d+ \(.*\d+.*\)`;

describe('a worker that dies midway ends the run with code 6 and leaves nothing', { concurrency: 3 }, () => {
  for (const signal of ['SIGKILL', 'SIGABRT'] as const) {
    const skip = process.platform === 'win32' && 'Windows has no such signals';
    test(`a process, by ${signal}`, { skip }, async (t) => {
      const folder = new Folder(t);
      const gate = new Gate(new Folder(t));
      folder.addFixture('scene.tif');
      const run = startCli([...MIDWAY, '--pool', 'processes'], { cwd: folder.path, env: gate.env });
      const pid = await gate.held(run);
      assert.notEqual(pid, run.pid);
      await growing(run, folder);
      process.kill(pid, signal);
      const message = failureOf(await run.ended, 6);
      assert.match(message, new RegExp(`worker \\d \\(process ${pid}\\) died: it was killed by ${signal}.*${TASK}`));
      assert.deepEqual(folder.list(), ['in.tif']);
      if (noProcessList === false) assert.deepEqual(markedProcesses(run.mark), []);
    });
  }

  for (const [who, pool, fault, says] of [
    ['a thread', 'threads', 'apply:exit:12', /^worker \d died: it exited with code 7.*task \d+/],
    ['a process', 'processes', 'apply:exit:12', /^worker \d \(process \d+\) died: it exited with code 7.*task \d+/],
    ['the reader', 'threads', 'read:exit:12', /^reader died: it exited with code 7/],
    ['the writer', 'threads', 'write:exit:3', /^writer died: it exited with code 7/],
    ['the writer beside a pool of processes', 'processes', 'write:exit:3', /^writer died: it exited with code 7/],
  ] as const) {
    test(`${who}, by an exit`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      const run = startCli([...MIDWAY, '--pool', pool], { cwd: folder.path, env: withFault(fault) });
      assert.match(failureOf(await run.ended, 6), says);
      assert.deepEqual(folder.list(), ['in.tif']);
      if (noProcessList === false) assert.deepEqual(markedProcesses(run.mark), []);
    });
  }
});

describe('an operation that fails midway ends the run with code 6 and leaves nothing', { concurrency: 3 }, () => {
  const says = /^operation normalize failed on .*\d+.*: thrown by the test$/;
  for (const pool of ['threads', 'processes', 'inline'] as const) {
    test(pool, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      const result = await runCli([...MIDWAY, '--pool', pool], { cwd: folder.path, env: withFault('apply:throw:12') });
      assert.match(failureOf(result, 6), says);
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }

  test("-v shows the operation's own stack", async (t) => {
    const folder = new Folder(t);
    folder.addFixture('scene.tif');
    const result = await runCli([...MIDWAY, '-v'], { cwd: folder.path, env: withFault('apply:throw:12') });
    assert.equal(result.code, 6);
    const { err } = JSON.parse(onlyLine(result.stderr)) as { err: { stack: string } };
    assert.match(err.stack, /RangeError: thrown by the test\n +at .*fault-preload\.js/);
  });
});
