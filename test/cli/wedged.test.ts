import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { markedProcesses, noProcessList, until } from '../support/children.js';
import { type CliResult, onlyLine, type RunningCli, startCli } from '../support/cli.js';
import { SMALL_TASKS, withFault } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const MIDWAY = ['normalize', 'in.tif', 'out.tif', ...SMALL_TASKS, '-j', '2'];
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;
const NUMBERS: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGTERM: 15 };
const onWindows = process.platform === 'win32' && 'signals end processes at once on Windows';

/** What a shell says of how it ended: a process that a signal ends has its number and 128. */
const shellCode = ({ code, signal }: CliResult): number | undefined => code ?? 128 + NUMBERS[signal!]!;

/** A run of which a thread or process comes to a fault and stays there. */
async function stuckRun(t: TestContext, fault: string, words: readonly string[], moreEnv: NodeJS.ProcessEnv = {}): Promise<{ readonly run: RunningCli; readonly folder: Folder }> {
  const folder = new Folder(t);
  const places = new Folder(t);
  folder.addFixture('scene.tif');
  execFileSync('mkfifo', [places.at('gate.pipe')]);
  const env = { ...withFault(fault), FAULT_GATE: places.at('gate'), FAULT_ONCE: places.at('met'), ...moreEnv };
  const run = startCli([...MIDWAY, ...words], { cwd: folder.path, env });
  await until('one of them is stuck', () => places.list().includes('met'), run.hasEnded);
  return { run, folder };
}

describe('threads within a call of the system that does not end', { concurrency: 2, skip: onWindows }, () => {
  for (const [who, fault] of [['a worker', 'apply:block:3'], ['the writer', 'write:block:3']] as const) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      test(`${who}: one ${signal} ends the run all the same, and nothing is left`, async (t) => {
        const { run, folder } = await stuckRun(t, fault, ['--pool', 'threads']);
        run.kill(signal);
        const result = await run.ended;
        assert.equal(shellCode(result), CODES[signal], result.stderr);
        assert.match(onlyLine(result.stderr), new RegExp(`stopped by ${signal}`));
        assert.deepEqual(folder.list(), ['in.tif']);
      });
    }
  }

  test('with --resume, what is done is kept', async (t) => {
    const { run, folder } = await stuckRun(t, 'apply:block:3', ['--pool', 'threads', '--resume']);
    run.kill('SIGTERM');
    const result = await run.ended;
    assert.equal(shellCode(result), 143, result.stderr);
    assert.match(onlyLine(result.stderr), /stopped by SIGTERM.*out\.tif\.partial keeps what is done/);
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif.journal', 'out.tif.partial']);
  });

  test('a second signal later: it ends the run, whose code is its own', async (t) => {
    const codes: (number | undefined)[] = [];
    // A busy machine may give this one its turn when the first signal has ended the run by itself.
    for (let tries = 0; tries < 3 && codes.at(-1) !== CODES.SIGTERM; tries++) {
      const { run, folder } = await stuckRun(t, 'apply:block:3', ['--pool', 'threads']);
      run.kill('SIGINT');
      await sleep(200);
      run.kill('SIGTERM');
      const result = await run.ended;
      codes.push(shellCode(result));
      // The line says the same as the code.
      assert.match(onlyLine(result.stderr), codes.at(-1) === CODES.SIGTERM ? /stopped by SIGTERM/ : /stopped by SIGINT/);
      assert.deepEqual(folder.list(), ['in.tif']);
    }
    assert.equal(codes.at(-1), CODES.SIGTERM, codes.join());
  });

  test('a second signal at once', async (t) => {
    const { run, folder } = await stuckRun(t, 'apply:block:3', ['--pool', 'threads']);
    run.kill('SIGINT');
    run.kill('SIGTERM');
    const code = shellCode(await run.ended);
    assert.ok(code === 130 || code === 143, `ended with ${code}`);
    assert.deepEqual(folder.list(), ['in.tif']);
  });
});

/** Who may end processes whose parent died: the kernel, where it can be told so, or a thread of theirs, where the command to tell it is not found. */
const GUARDS = [
  { guard: 'kernel', env: {}, skip: spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status !== 0 && 'this system has no setpriv that can' },
  { guard: 'thread', env: { PATH: '/nowhere' }, skip: false },
] as const;

/** What a process was started with. */
const wordsOf = (pid: number): string[] => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');

describe('processes of a pool that hear nothing die with their parent', { concurrency: 2, skip: onWindows || noProcessList }, () => {
  for (const { guard, env, skip } of GUARDS) {
    for (const [how, fault] of [['compute for ever', 'apply:wedge:3'], ['are within a call of the system', 'apply:block:3']] as const) {
      test(`that ${how}, where it is killed: by the ${guard}`, { skip }, async (t) => {
        const { run } = await stuckRun(t, fault, ['--pool', 'processes'], env);
        const guarded = markedProcesses(run.mark).filter((pid) => wordsOf(pid).includes(guard));
        assert.equal(guarded.length, 2);
        run.kill('SIGKILL');
        await run.ended;
        await until('its processes are gone', () => markedProcesses(run.mark).length === 0);
      });
    }
  }

  test('where a second signal ends it', async (t) => {
    const { run, folder } = await stuckRun(t, 'apply:block:3', ['--pool', 'processes']);
    run.kill('SIGTERM');
    run.kill('SIGINT');
    await run.ended;
    await until('its processes are gone', () => markedProcesses(run.mark).length === 0);
    assert.deepEqual(folder.list(), ['in.tif']);
  });
});
