import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { markedProcesses, noProcessList, until } from '../support/children.js';
import { assertSilentSuccess, type CliResult, failureOf, onlyLine, runCli, startCli } from '../support/cli.js';
import { Gate, growing, SMALL_TASKS, withFault } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const MIDWAY = ['normalize', 'in.tif', 'out.tif', ...SMALL_TASKS, '-j', '2'];
const TASK = String.raw`task \d+ \(.*\d+.*\)`;

let sound: Promise<Buffer> | undefined;

/** The output of a run that nothing befell, made without workers. */
function soundOutput(t: TestContext): Promise<Buffer> {
  const make = async (): Promise<Buffer> => {
    const folder = new Folder(t);
    folder.addFixture('scene.tif');
    assertSilentSuccess(await runCli([...MIDWAY, '--pool', 'inline'], { cwd: folder.path }));
    return folder.read('out.tif');
  };
  sound ??= make();
  return sound;
}

interface Outcome {
  readonly result: CliResult;
  readonly folder: Folder;
}

/** Runs with a fault, and makes sure that nothing is left but what the run says. */
async function runWith(t: TestContext, fault: string, words: readonly string[], isMetOnce: boolean): Promise<Outcome> {
  const folder = new Folder(t);
  const marks = new Folder(t);
  folder.addFixture('scene.tif');
  const env = { ...withFault(fault), ...(isMetOnce && { FAULT_ONCE: marks.at('met') }) };
  const run = startCli([...MIDWAY, ...words], { cwd: folder.path, env });
  const result = await run.ended;
  assert.deepEqual(folder.list(), result.code === 0 ? ['in.tif', 'out.tif'] : ['in.tif']);
  if (isMetOnce) assert.deepEqual(marks.list(), ['met'], `nobody met the fault: ${result.stderr}`);
  if (noProcessList === false) assert.deepEqual(markedProcesses(run.mark), []);
  return { result, folder };
}

const onWindows = process.platform === 'win32' && 'Windows has no such signals';

describe('a worker that dies is replaced, and its task done again', { concurrency: 3 }, () => {
  for (const signal of ['SIGKILL', 'SIGABRT'] as const) {
    test(`a process, by ${signal} from outside`, { skip: onWindows }, async (t) => {
      const folder = new Folder(t);
      const gate = new Gate(new Folder(t));
      folder.addFixture('scene.tif');
      const run = startCli([...MIDWAY, '--pool', 'processes'], { cwd: folder.path, env: gate.env });
      const pid = await gate.held(run);
      assert.notEqual(pid, run.pid);
      await growing(run, folder);
      process.kill(pid, signal);
      gate.release();
      const result = await run.ended;
      assert.equal(result.code, 0, result.stderr);
      assert.match(onlyLine(result.stderr), new RegExp(`worker \\d \\(process ${pid}\\) died: it was killed by ${signal}, at ${TASK}, which is done again`));
      assert.deepEqual(folder.read('out.tif'), await soundOutput(t));
      if (noProcessList === false) assert.deepEqual(markedProcesses(run.mark), []);
    });
  }

  test('a process of the program as it is published', { skip: noProcessList }, async (t) => {
    const folder = new Folder(t);
    folder.addFixture('scene.tif');
    // Faults are put into the program before it is bundled; here it is a user's operation that waits to be killed.
    writeFileSync(
      folder.at('once.mjs'),
      `import { openSync, writeSync } from 'node:fs';
       export default (window) => {
         let file;
         try { file = openSync('held', 'wx'); } catch { return window; }
         writeSync(file, String(process.pid));
         for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
       };`,
    );
    const words = (output: string): string[] => ['run', 'in.tif', output, '--op', './once.mjs', ...SMALL_TASKS, '-j', '2'];
    const run = startCli([...words('out.tif'), '--pool', 'processes'], { cwd: folder.path });
    const held = (): string => (folder.list().includes('held') ? folder.read('held').toString() : '');
    await until('a process is held', () => held() !== '', run.hasEnded);
    process.kill(Number(held()), 'SIGKILL');
    const result = await run.ended;
    assert.equal(result.code, 0, result.stderr);
    assert.match(onlyLine(result.stderr), new RegExp(`worker \\d \\(process ${held()}\\) died: it was killed by SIGKILL, at ${TASK}, which is done again`));
    assertSilentSuccess(await runCli([...words('sound.tif'), '--pool', 'inline'], { cwd: folder.path }));
    assert.deepEqual(folder.read('out.tif'), folder.read('sound.tif'));
    assert.deepEqual(markedProcesses(run.mark), []);
  });

  const DEATHS: readonly (readonly [how: string, pool: 'threads' | 'processes', places: readonly string[], says: RegExp])[] = [
    // The calls are those of the midst: of reads, of which the head takes some, of blocks, windows of four bands, tiles.
    ['exit', 'threads', ['decode:2', 'apply:12', 'encode:9'], /worker \d died: it exited with code 7/],
    ['exit', 'processes', ['apply:12'], /worker \d \(process \d+\) died: it exited with code 7/],
    ['kill', 'processes', ['read:20', 'decode:2', 'apply:12', 'encode:9'], /worker \d \(process \d+\) died: it was killed by SIGKILL/],
  ];
  for (const [how, pool, places, says] of DEATHS) {
    for (const [place, call] of places.map((one) => one.split(':'))) {
      test(`of ${pool}, by "${how}" at ${place}`, { skip: how === 'kill' && onWindows }, async (t) => {
        const { result, folder } = await runWith(t, `${place}:${how}:${call}`, ['--pool', pool], true);
        assert.equal(result.code, 0, result.stderr);
        const line = onlyLine(result.stderr);
        assert.match(line, says);
        assert.match(line, new RegExp(`at ${TASK}, which is done again`));
        assert.deepEqual(folder.read('out.tif'), await soundOutput(t));
      });
    }
  }

  for (const pool of ['threads', 'processes'] as const) {
    test(`of ${pool}, that never ends its task`, async (t) => {
      const { result, folder } = await runWith(t, 'apply:wedge:12', ['--pool', pool, '--task-timeout', '3'], true);
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stderr, new RegExp(`worker \\d .*was ended: it took longer than 3 s, at ${TASK}, which is done again`));
      assert.deepEqual(folder.read('out.tif'), await soundOutput(t));
    });

    test(`of ${pool}, again and again, each time at another task`, async (t) => {
      const { result, folder } = await runWith(t, 'apply:exit:12', ['--pool', pool], false);
      assert.equal(result.code, 0, result.stderr);
      assert.ok(result.stderr.split('\n').length > 3, result.stderr);
      assert.deepEqual(folder.read('out.tif'), await soundOutput(t));
    });

    test(`of ${pool}, with tasks that keep blocks and statistics for each other`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      const chain = (output: string): string[] => ['run', 'in.tif', output, '--op', 'normalize', '--op', 'sharpen', ...SMALL_TASKS, '-j', '2'];
      assertSilentSuccess(await runCli([...chain('sound.tif'), '--pool', 'inline'], { cwd: folder.path }));
      // A process keeps nothing: each one that takes its place comes as far as this.
      const once = pool === 'processes' ? { FAULT_ONCE: folder.at('met') } : {};
      const result = await runCli([...chain('out.tif'), '--pool', pool], { cwd: folder.path, env: { ...withFault('decode:exit:3'), ...once } });
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stderr, /which is done again/);
      assert.deepEqual(folder.read('out.tif'), folder.read('sound.tif'));
    });

    test(`of ${pool}, again and again, while overviews are made too`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      const cog = (output: string): string[] => ['normalize', 'in.tif', output, '--of', 'COG', '--window', '64', '--co', 'BLOCKSIZE=64', '-j', '2'];
      assertSilentSuccess(await runCli([...cog('sound.tif'), '--pool', 'inline'], { cwd: folder.path }));
      const result = await runCli([...cog('out.tif'), '--pool', pool], { cwd: folder.path, env: withFault('encode:exit:30') });
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stderr, /which is done again/);
      assert.deepEqual(folder.read('out.tif'), folder.read('sound.tif'));
    });

    test(`of ${pool}, while it counts: what it had counted is counted again`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      const stats = ['stats', 'in.tif', '--json', '-j', '2'];
      const sound = await runCli([...stats, '--pool', 'inline'], { cwd: folder.path });
      const once = { FAULT_ONCE: folder.at('met') };
      const result = await runCli([...stats, '--pool', pool], { cwd: folder.path, env: { ...withFault('decode:exit:3'), ...once } });
      assert.ok(folder.list().includes('met'));
      assert.deepEqual(result, sound);
    });

    test(`of ${pool}, while it counts for the pass that comes after`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      const percentiles = (output: string): string[] => ['normalize', 'in.tif', output, '--scope', 'band', '--percentile', '2,98', ...SMALL_TASKS, '-j', '2'];
      assertSilentSuccess(await runCli([...percentiles('sound.tif'), '--pool', 'inline'], { cwd: folder.path }));
      const once = { FAULT_ONCE: folder.at('met') };
      const result = await runCli([...percentiles('out.tif'), '--pool', pool], { cwd: folder.path, env: { ...withFault('decode:exit:3'), ...once } });
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stderr, /which is done again/);
      assert.deepEqual(folder.read('out.tif'), folder.read('sound.tif'));
    });
  }

  test('of threads, because memory is out', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('scene.tif');
    const fault = withFault('apply:exhaust:12');
    const env = { ...fault, NODE_OPTIONS: `${fault['NODE_OPTIONS']!} --max-old-space-size=64`, FAULT_ONCE: folder.at('met') };
    const result = await runCli(MIDWAY, { cwd: folder.path, env });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /worker \d died: .*memory.*task \d+/);
    assert.deepEqual(folder.read('out.tif'), await soundOutput(t));
  });
});

describe('a worker that dies too often ends the run with code 6 and leaves nothing', { concurrency: 3 }, () => {
  for (const [who, pool, fault, says] of [
    ['a thread', 'threads', 'apply:exit:1', /^worker \d died: it exited with code 7, at task \d+ .*3 times.*--retries/],
    ['a process', 'processes', 'apply:exit:1', /^worker \d \(process \d+\) died: it exited with code 7, at task \d+ .*3 times/],
    ['a process that is killed', 'processes', 'decode:kill:1', /^worker \d \(process \d+\) died: it was killed by SIGKILL, at task \d+ .*3 times/],
    ['a thread that never ends', 'threads', 'encode:wedge:1', /^worker \d was ended: it took longer than 3 s, at task \d+ .*3 times/],
  ] as const) {
    test(who, { skip: fault.includes('kill') && onWindows }, async (t) => {
      const { result } = await runWith(t, fault, ['--pool', pool, '--task-timeout', '3'], false);
      assert.match(failureOf(result, 6), says);
    });
  }

  test('at once with --retries 0', async (t) => {
    const { result } = await runWith(t, 'apply:exit:12', ['--retries', '0'], true);
    assert.match(failureOf(result, 6), new RegExp(`^worker \\d died: it exited with code 7, at ${TASK}$`));
  });

  for (const [pool, fault, says] of [
    ['threads', 'boot:exit:1', /^(worker \d|reader|writer) died: it exited with code 7/],
    ['processes', 'boot-process:exit:1', /^worker \d \(process \d+\) died: it exited with code 7, before its first task$/],
    ['processes', 'boot-process:kill:1', /^worker \d \(process \d+\) died: it was killed by SIGKILL, before its first task$/],
  ] as const) {
    test(`at once where one of ${pool} does not start: ${fault}`, { skip: fault.includes('kill') && onWindows }, async (t) => {
      const { result } = await runWith(t, fault, ['--pool', pool], true);
      assert.match(failureOf(result, 6), says);
    });
  }

  test('--task-timeout needs workers', async (t) => {
    const { result } = await runWith(t, '', ['--pool', 'inline', '--task-timeout', '1'], false);
    assert.match(failureOf(result, 2), /--task-timeout.*--pool inline/);
  });
});

describe('a reader or writer that dies ends the run with code 6 and leaves nothing', { concurrency: 3 }, () => {
  for (const [who, fault, words, says] of [
    ['the reader', 'read:exit:12', [], /^reader died: it exited with code 7/],
    ['the reader at its first block, beside a pool of processes', 'read:exit:1', ['--pool', 'processes', '--queue', 'none'], /^reader died: it exited with code 7/],
    ['the writer', 'write:exit:3', [], /^writer died: it exited with code 7/],
    ['the writer beside a pool of processes', 'write:exit:3', ['--pool', 'processes'], /^writer died: it exited with code 7/],
    ['the writer at the head, which comes last', 'write:exit:25', [], /^writer died: it exited with code 7/],
  ] as const) {
    test(who, async (t) => {
      const { result } = await runWith(t, fault, words, false);
      assert.match(failureOf(result, 6), says);
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

describe('workers that die in a run that can be resumed', { concurrency: 2 }, () => {
  for (const pool of ['threads', 'processes'] as const) {
    test(`of ${pool}: one is replaced, one too many keeps what is done, and the rest is made without them`, async (t) => {
      const folder = new Folder(t);
      const marks = new Folder(t);
      folder.addFixture('scene.tif');
      const words = [...MIDWAY, '--pool', pool, '--resume', '--verify'];
      const failed = await runCli([...words, '--retries', '0'], { cwd: folder.path, env: withFault('encode:exit:9') });
      assert.match(failureOf(failed, 6), new RegExp(`died: it exited with code 7, at ${TASK}; out\\.tif\\.partial keeps what is done`));
      assert.deepEqual(folder.list(), ['in.tif', 'out.tif.journal', 'out.tif.partial']);
      const once = { FAULT_ONCE: marks.at('met') };
      const resumed = await runCli([...words, '--json'], { cwd: folder.path, env: { ...withFault('encode:exit:6'), ...once } });
      assert.equal(resumed.code, 0, resumed.stderr);
      assert.match(onlyLine(resumed.stderr), new RegExp(`died: it exited with code 7, at ${TASK}, which is done again`));
      const { tasks, resumedTasks } = JSON.parse(resumed.stdout) as { tasks: number; resumedTasks: number };
      assert.ok(resumedTasks > 0 && resumedTasks < tasks, `${resumedTasks} of ${tasks} tasks were done before`);
      assert.deepEqual(folder.list(), ['in.tif', 'out.tif', 'out.tif.journal']);
      assert.deepEqual(folder.read('out.tif'), await soundOutput(t));
    });
  }
});
