import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';
import { birthOf, namespaceOf } from '../../src/io/own-process.js';
import { missingModules, PYTHON } from '../oracle/support/python.js';
import { assertSilentSuccess, failureOf, runCli, startCli } from '../support/cli.js';
import { markedProcesses, noProcessList, until } from '../support/children.js';
import { Gate, growing, SMALL_TASKS } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const FILES = ['normalize', 'in.tif', 'out.tif'];
const MIDWAY = [...FILES, ...SMALL_TASKS, '-j', '2'];
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const ON_WINDOWS = process.platform === 'win32' && 'signals end processes at once on Windows';

/** Runs a program on a terminal of its own, closes that once a worker is held, and prints by what signal the program ended, or its exit code. */
const ON_A_TERMINAL = `
import os, pty, sys, time
program, terminal = pty.fork()
if program == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
held = os.environ['FAULT_GATE'] + '.held'
while not (os.path.exists(held) and os.path.getsize(held)):
    time.sleep(0.02)
os.close(terminal)
status = os.waitpid(program, 0)[1]
print('signal', os.WTERMSIG(status)) if os.WIFSIGNALED(status) else print('code', os.WEXITSTATUS(status))
`;

/** Asserts that a run's processes are gone, where they can be listed. */
function assertNoProcess(mark: string): void {
  if (noProcessList === false) assert.deepEqual(markedProcesses(mark), []);
}

describe('a signal midway ends the run with one line and leaves nothing', { concurrency: 3, skip: ON_WINDOWS }, () => {
  for (const pool of ['threads', 'processes'] as const) {
    for (const signal of SIGNALS) {
      test(`${signal}, ${pool}, one of which is busy and will not be done`, async (t) => {
        const folder = new Folder(t);
        const gate = new Gate(new Folder(t));
        folder.addFixture('scene.tif');
        const run = startCli([...MIDWAY, '--pool', pool], { cwd: folder.path, env: gate.env });
        await gate.held(run);
        await growing(run, folder);
        run.kill(signal);
        assert.match(failureOf(await run.ended, CODES[signal]), new RegExp(signal));
        assert.deepEqual(folder.list(), ['in.tif']);
        assertNoProcess(run.mark);
      });
    }
  }

  for (const pool of ['threads', 'processes'] as const) {
    test(`a terminal is closed, ${pool}`, { skip: missingModules('pty') }, async (t) => {
      const folder = new Folder(t);
      const gate = new Gate(new Folder(t));
      folder.addFixture('scene.tif');
      const run = startCli([...MIDWAY, '--pool', pool], { cwd: folder.path, env: gate.env, through: [PYTHON, '-c', ON_A_TERMINAL] });
      // SIGHUP's number. To end by exit Node would put the terminal in order, and abort.
      assert.equal((await run.ended).stdout, 'signal 1\n');
      assert.deepEqual(folder.list(), ['in.tif']);
      assertNoProcess(run.mark);
    });
  }

  test('SIGTERM, without a pool', async (t) => {
    const folder = new Folder(t);
    const gate = new Gate(new Folder(t));
    folder.addFixture('scene.tif');
    const run = startCli([...MIDWAY, '--pool', 'inline'], { cwd: folder.path, env: gate.env });
    await gate.held(run);
    run.kill('SIGTERM');
    gate.release();
    assert.match(failureOf(await run.ended, 143), /SIGTERM/);
    assert.deepEqual(folder.list(), ['in.tif']);
  });

  test('SIGTERM while an old output is being replaced: it stays', async (t) => {
    const folder = new Folder(t);
    const gate = new Gate(new Folder(t));
    folder.addFixture('scene.tif');
    writeFileSync(folder.at('out.tif'), 'old');
    const run = startCli([...MIDWAY, '--overwrite'], { cwd: folder.path, env: gate.env });
    await gate.held(run);
    run.kill('SIGTERM');
    failureOf(await run.ended, 143);
    assert.equal(readFileSync(folder.at('out.tif'), 'utf8'), 'old');
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
  });

  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    test(`${signal} to the whole group, as a terminal sends it`, async (t) => {
      const folder = new Folder(t);
      const gate = new Gate(new Folder(t));
      folder.addFixture('scene.tif');
      const options = { cwd: folder.path, env: gate.env, detached: true };
      const run = startCli([...MIDWAY, '--pool', 'processes'], options);
      await gate.held(run);
      process.kill(-run.pid, signal);
      failureOf(await run.ended, CODES[signal]);
      assert.deepEqual(folder.list(), ['in.tif']);
      assertNoProcess(run.mark);
    });
  }

  test('SIGHUP twice, by the system and by the shell, with --resume: what is done is kept', async (t) => {
    const folder = new Folder(t);
    const gate = new Gate(new Folder(t));
    folder.addFixture('scene.tif');
    const run = startCli([...MIDWAY, '--resume'], { cwd: folder.path, env: gate.env });
    await gate.held(run);
    await growing(run, folder);
    run.kill('SIGHUP');
    run.kill('SIGHUP');
    assert.match(failureOf(await run.ended, 129), /stopped by SIGHUP.*out\.tif\.partial keeps what is done/);
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif.journal', 'out.tif.partial']);
    const { resumedTasks } = JSON.parse((await runCli([...MIDWAY, '--resume', '--json'], { cwd: folder.path })).stdout) as { resumedTasks: number };
    assert.ok(resumedTasks > 0);
  });

  test('a second signal at once', async (t) => {
    const folder = new Folder(t);
    const gate = new Gate(new Folder(t));
    folder.addFixture('scene.tif');
    const run = startCli([...MIDWAY, '--pool', 'processes'], { cwd: folder.path, env: gate.env });
    await gate.held(run);
    run.kill('SIGINT');
    run.kill('SIGTERM');
    const { code } = await run.ended;
    // Which of two pending signals comes first is the system's to say.
    assert.ok(code === 130 || code === 143, `ended with ${code}`);
    await until('its processes are gone', () => noProcessList !== false || markedProcesses(run.mark).length === 0);
    assert.deepEqual(folder.list(), ['in.tif']);
  });

  test('at any moment: a run is stopped, or it is complete', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('scene.tif');
    const run = startCli(MIDWAY, { cwd: folder.path, env: { RASTQ_STALL: '1' } });
    await growing(run, folder);
    run.kill('SIGINT');
    const result = await run.ended;
    if (result.code === 0) assertSilentSuccess(result);
    else failureOf(result, 130);
    assert.deepEqual(folder.list(), result.code === 0 ? ['in.tif', 'out.tif'] : ['in.tif']);
  });
});

describe('what a killed run leaves', { concurrency: 3, skip: ON_WINDOWS }, () => {
  for (const pool of ['threads', 'processes'] as const) {
    test(`${pool}: they die with it, and the next run to the same output removes its temporary file and its lock`, async (t) => {
      const folder = new Folder(t);
      const gate = new Gate(new Folder(t));
      folder.addFixture('scene.tif');
      const run = startCli([...MIDWAY, '--pool', pool], { cwd: folder.path, env: gate.env });
      await gate.held(run);
      await growing(run, folder);
      const owner = namespaceOf() === '' ? run.pid : `${run.pid}_${namespaceOf()}_${birthOf(run.pid)}`;
      run.kill('SIGKILL');
      gate.release();
      assert.deepEqual(await run.ended, { code: null, signal: 'SIGKILL', stdout: '', stderr: '' });
      if (noProcessList === false) await until('the pool is gone', () => markedProcesses(run.mark).length === 0);
      assert.deepEqual(folder.list(), [`.out.tif.${hostname()}.${owner}.partial`, '.out.tif.lock', 'in.tif'].sort());
      assertSilentSuccess(await runCli(FILES, { cwd: folder.path }));
      assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
    });
  }

  test('only what nobody writes to any more is removed, and only on this host', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    const { pid: dead } = spawnSync(process.execPath, ['--version']);
    const left = [`.out.tif.${hostname()}.${dead}.partial`];
    const kept = [
      `.out.tif.${hostname()}.${process.pid}.partial`,
      `.out.tif.elsewhere.${dead}.partial`,
      `.other.tif.${hostname()}.${dead}.partial`,
      `.out.tif.${hostname()}.${dead}.partial.txt`,
    ];
    for (const name of [...left, ...kept]) writeFileSync(folder.at(name), '');
    assertSilentSuccess(await runCli(FILES, { cwd: folder.path }));
    assert.deepEqual(folder.list(), [...kept, 'in.tif', 'out.tif'].sort());
  });

  test('a dry run touches none of it', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    const { pid: dead } = spawnSync(process.execPath, ['--version']);
    const name = `.out.tif.${hostname()}.${dead}.partial`;
    writeFileSync(folder.at(name), '');
    assertSilentSuccess(await runCli([...FILES, '--dry-run'], { cwd: folder.path }));
    assert.deepEqual(folder.list(), [name, 'in.tif']);
  });
});
