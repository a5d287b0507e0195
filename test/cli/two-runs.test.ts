import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { assertSilentSuccess, failureOf, runCli, startCli } from '../support/cli.js';
import { Gate, growing, SMALL_TASKS } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const WORDS = ['normalize', 'in.tif', 'out.tif', ...SMALL_TASKS, '-j', '2'];

describe('two runs on one output', { concurrency: 2 }, () => {
  for (const extra of [[], ['--resume'], ['--overwrite']]) {
    test(`the second is refused, the first goes on ${extra.join('')}`, async (t) => {
      const folder = new Folder(t);
      const gate = new Gate(new Folder(t));
      folder.addFixture('scene.tif');
      const first = startCli([...WORDS, ...extra], { cwd: folder.path, env: gate.env });
      await gate.held(first);
      const before = folder.list();
      const line = failureOf(await runCli([...WORDS, ...extra], { cwd: folder.path }), 2);
      assert.match(line, new RegExp(`out\\.tif: another run \\(process ${first.pid} on .*\\) is writing it`));
      assert.deepEqual(folder.list(), before);
      gate.release();
      assertSilentSuccess(await first.ended);
      assert.deepEqual(folder.list().filter((name) => !name.endsWith('.journal')), ['in.tif', 'out.tif']);
    });
  }
});

describe('a run whose lock is lost ends with code 5 and changes nothing from then on', { concurrency: 2 }, () => {
  const LOSSES: readonly (readonly [name: string, lose: (lock: string) => void, says: RegExp, left: readonly string[]])[] = [
    ['it was removed, as by who took it over and is done', (lock) => rmSync(lock), /out\.tif: its lock \.out\.tif\.lock is gone: another run has taken it over/, []],
    ['another run has it', (lock) => writeFileSync(lock, '{"host":"elsewhere","pid":1}'), /out\.tif: another run \(process 1 on elsewhere,.* has taken it over/, ['.out.tif.lock']],
  ];
  for (const [name, lose, says, left] of LOSSES) {
    for (const extra of ['--resume', '--overwrite']) {
      test(`${name}, ${extra}`, async (t) => {
        const folder = new Folder(t);
        const gate = new Gate(new Folder(t));
        folder.addFixture('scene.tif');
        const run = startCli([...WORDS, '-j', '1', extra], { cwd: folder.path, env: gate.env });
        await gate.held(run);
        await growing(run, folder);
        lose(folder.at('.out.tif.lock'));
        const kept = extra === '--resume' ? ['out.tif.journal', 'out.tif.partial'] : [];
        const before = kept.map((file) => folder.read(file));
        gate.release();
        const line = failureOf(await run.ended, 5);
        assert.match(line, says);
        assert.doesNotMatch(line, /goes on with it/);
        assert.deepEqual(folder.list(), [...left, 'in.tif', ...kept]);
        kept.forEach((file, i) => assert.ok(folder.read(file).equals(before[i]), `${file} was changed`));
      });
    }
  }
});

describe('an input that changes while it is read ends the run with code 5', { concurrency: 2 }, () => {
  const CHANGES: readonly (readonly [name: string, change: (path: string) => void])[] = [
    ['it grows', (path) => appendFileSync(path, 'more')],
    ['it is written to', (path) => utimesSync(path, 1e9, 1e9)],
  ];
  // Processes read it themselves.
  for (const [[name, change], pool] of CHANGES.flatMap((change) => [[change, 'threads'], [change, 'processes']] as const)) {
    test(`${name}, ${pool}`, async (t) => {
      const folder = new Folder(t);
      const gate = new Gate(new Folder(t));
      folder.addFixture('scene.tif');
      const run = startCli([...WORDS, '--pool', pool, '--queue-size', '1'], { cwd: folder.path, env: gate.env });
      await gate.held(run);
      change(folder.at('in.tif'));
      gate.release();
      assert.match(failureOf(await run.ended, 5), /in\.tif: changed while it was being read/);
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }

  test('but one that is replaced is read to its end', async (t) => {
    const folder = new Folder(t);
    const gate = new Gate(new Folder(t));
    const expected = new Folder(t);
    expected.addFixture('scene.tif');
    folder.addFixture('scene.tif');
    folder.addFixture('rotated.tif', 'new.tif');
    const run = startCli([...WORDS, '--queue-size', '1'], { cwd: folder.path, env: gate.env });
    await gate.held(run);
    renameSync(folder.at('new.tif'), folder.at('in.tif'));
    gate.release();
    assertSilentSuccess(await run.ended);
    assertSilentSuccess(await runCli(WORDS, { cwd: expected.path }));
    assert.ok(readFileSync(folder.at('out.tif')).equals(readFileSync(expected.at('out.tif'))));
  });
});
