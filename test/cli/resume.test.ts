import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { noise } from '../../fixtures/pixels.js';
import { assertSilentSuccess, failureOf, runCli, startCli } from '../support/cli.js';
import { Gate, growing, preload, SMALL_TASKS, withFault } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const ON_WINDOWS = process.platform === 'win32' && 'signals end processes at once on Windows';
const FILES = ['normalize', 'in.tif', 'out.tif'];
const RESUMED = [...FILES, ...SMALL_TASKS, '-j', '2', '--resume'];
const FINISHED = ['in.tif', 'out.tif', 'out.tif.journal'];
const BEGUN = ['in.tif', 'out.tif.journal', 'out.tif.partial'];

/** How many moments are tried of each pool, and from which seed. */
const KILLS = Number(process.env['RASTQ_KILLS'] ?? 2);
const SEED = Number(process.env['RASTQ_SEED'] ?? Date.now() % 1e6);

function folderWith(t: TestContext, fixture = 'scene.tif'): Folder {
  const folder = new Folder(t);
  folder.addFixture(fixture);
  return folder;
}

let wantedBytes: Promise<Buffer> | undefined;

/** What the output shall be: that of a run without --resume and without threads. */
const wanted = (t: TestContext): Promise<Buffer> => (wantedBytes ??= makeWanted(t));

async function makeWanted(t: TestContext): Promise<Buffer> {
  const folder = folderWith(t);
  assertSilentSuccess(await runCli([...FILES, ...SMALL_TASKS, '--pool', 'inline'], { cwd: folder.path }));
  return readFileSync(folder.at('out.tif'));
}

/** Resumes until it is done. */
async function finish(folder: Folder, words = RESUMED): Promise<void> {
  assertSilentSuccess(await runCli(words, { cwd: folder.path }));
  assert.deepEqual(folder.list(), FINISHED);
}

describe(`killed at ${KILLS} random moments of each pool, seed ${SEED}, and resumed`, { concurrency: 2, skip: ON_WINDOWS }, () => {
  for (const [i, pool] of (['threads', 'processes'] as const).entries()) {
    const moments = Array.from({ length: KILLS }, (_, kill) => noise(SEED, i, kill));
    test(`${pool}: the same bytes`, async (t) => {
      const words = [...RESUMED, '--pool', pool];
      const bytes = await wanted(t);
      const started = performance.now();
      await finish(folderWith(t), words);
      const wholeMs = performance.now() - started;
      for (const moment of moments) {
        const folder = folderWith(t);
        // In a long trial twice, for a run that was resumed may be killed too.
        for (let i = 0; i < (KILLS >= 60 ? 2 : 1); i++) {
          const run = startCli(words, { cwd: folder.path, env: { RASTQ_STALL: '7' } });
          await Promise.race([sleep(moment * 1.5 * wholeMs), run.ended]);
          run.kill('SIGKILL');
          await run.ended;
        }
        await finish(folder, words);
        assert.ok(readFileSync(folder.at('out.tif')).equals(bytes), `other bytes after a kill at ${moment} of the run`);
      }
    });
  }
});

describe('killed before one of the calls that change files, and resumed', { concurrency: 2, skip: ON_WINDOWS }, () => {
  // Of this run: the lock, the journal, the temporary file, its tasks, the head, the flush, the move, the short journal.
  const words = [...FILES, '--resume', '--window', '64', '--pool', 'inline'];
  test('the same bytes, whichever it was', async (t) => {
    const clean = folderWith(t);
    await finish(clean, words);
    const bytes = readFileSync(clean.at('out.tif'));
    const every = KILLS >= 60 ? 1 : 8;
    let killed = 0;
    for (let call = 1 + (SEED % every); ; call += every) {
      const folder = folderWith(t);
      const run = await runCli(words, { cwd: folder.path, env: { ...preload('kill-preload.js'), KILL_AT: String(call) } });
      if (run.signal === null) {
        assertSilentSuccess(run);
        break;
      }
      killed++;
      await finish(folder, words);
      assert.ok(readFileSync(folder.at('out.tif')).equals(bytes), `other bytes after a kill at call ${call}`);
      rmSync(folder.path, { recursive: true });
    }
    assert.ok(killed * every > 20, `only ${killed} kills`);
  });

  test('nor is anything left where it is killed once more as it takes the lock of the one before', async (t) => {
    // Input and journal are opened, the new lock is made and linked; then the lock before is moved and removed.
    for (let call = 6; call <= 9; call++) {
      const folder = folderWith(t);
      for (const at of [30, call]) {
        const run = await runCli(words, { cwd: folder.path, env: { ...preload('kill-preload.js'), KILL_AT: String(at) } });
        assert.equal(run.signal, 'SIGKILL', run.stderr);
      }
      await finish(folder, words);
      rmSync(folder.path, { recursive: true });
    }
  });
});

describe('a run that fails', { concurrency: 3 }, () => {
  test('keeps what is done with --resume, and goes on from there', { skip: ON_WINDOWS }, async (t) => {
    const folder = folderWith(t);
    const gate = new Gate(new Folder(t));
    const run = startCli(RESUMED, { cwd: folder.path, env: gate.env });
    await gate.held(run);
    await growing(run, folder);
    run.kill('SIGTERM');
    assert.match(failureOf(await run.ended, 143), /out\.tif\.partial keeps what is done, the same command goes on with it/);
    assert.deepEqual(folder.list(), BEGUN);
    const result = await runCli([...RESUMED, '--json'], { cwd: folder.path });
    assertSilentSuccess(result);
    const { tasks, resumedTasks } = JSON.parse(result.stdout) as { tasks: number; resumedTasks: number };
    assert.ok(resumedTasks > 0 && resumedTasks < tasks, `${resumedTasks} of ${tasks} tasks were done before`);
    assert.ok(readFileSync(folder.at('out.tif')).equals(await wanted(t)));
  });

  test('by a full disk goes on when there is room', async (t) => {
    const folder = folderWith(t);
    failureOf(await runCli(RESUMED, { cwd: folder.path, env: withFault('write:ENOSPC:6') }), 5);
    assert.deepEqual(folder.list(), BEGUN);
    await finish(folder);
    assert.ok(readFileSync(folder.at('out.tif')).equals(await wanted(t)));
  });
});

/** A folder where a run with --resume is complete, of few tasks. */
async function completed(t: TestContext): Promise<Folder> {
  const folder = folderWith(t, 'uint8-full-range.tif');
  await finish(folder, [...FILES, '--resume']);
  return folder;
}

/** A folder where a run with --resume has failed. */
async function begun(t: TestContext): Promise<Folder> {
  const folder = folderWith(t);
  failureOf(await runCli(RESUMED, { cwd: folder.path, env: withFault('write:EIO:6') }), 5);
  return folder;
}

describe('repeated after success', { concurrency: 3 }, () => {
  test('it does nothing, from another folder too', async (t) => {
    const folder = await completed(t);
    const { mtimeMs, ino } = statSync(folder.at('out.tif'));
    await finish(folder, [...FILES, '--resume', '-j', '1', '--pool', 'inline', '--queue-size', '1']);
    assertSilentSuccess(await runCli(['normalize', folder.at('in.tif'), folder.at('out.tif'), '--resume', '--overwrite']));
    const now = statSync(folder.at('out.tif'));
    assert.deepEqual([now.mtimeMs, now.ino], [mtimeMs, ino]);
  });

  test('it makes anew an output that was taken away', async (t) => {
    const folder = await completed(t);
    rmSync(folder.at('out.tif'));
    await finish(folder, [...FILES, '--resume']);
  });

  const CHANGES: readonly (readonly [name: string, words: readonly string[], says: RegExp, change: (folder: Folder) => void])[] = [
    ['another option', ['--range', '0,99'], /out\.tif\.journal: was begun with other options \(steps\.0\.params\.range\.max: 4096, now 99\).*--overwrite/, () => undefined],
    ['another layout', ['--co', 'COMPRESS=ZSTD'], /was begun with other options.*zstd/, () => undefined],
    ['an input of another time', [], /was begun before .*in\.tif changed \(last at 20.*--overwrite/, (folder) => utimesSync(folder.at('in.tif'), 1e9, 1e9)],
    ['an output that was touched', [], /out\.tif: was changed after it was made.*--overwrite/, (folder) => utimesSync(folder.at('out.tif'), 1e9, 1e9)],
  ];
  for (const [name, words, says, change] of CHANGES) {
    test(`it refuses ${name}, unless it may replace the output`, async (t) => {
      const folder = await completed(t);
      change(folder);
      assert.match(failureOf(await runCli([...FILES, '--resume', ...words], { cwd: folder.path }), 2), says);
      assert.deepEqual(folder.list(), FINISHED);
      await finish(folder, [...FILES, '--resume', '--overwrite', ...words]);
      await finish(folder, [...FILES, '--resume', ...words]);
    });
  }

  test('it refuses an output of a run without --resume', async (t) => {
    const folder = folderWith(t, 'uint8-full-range.tif');
    assertSilentSuccess(await runCli(FILES, { cwd: folder.path }));
    assert.match(failureOf(await runCli([...FILES, '--resume'], { cwd: folder.path }), 2), /out\.tif: exists already/);
    await finish(folder, [...FILES, '--resume', '--overwrite']);
  });
});

describe('what a failed run has left', { concurrency: 3 }, () => {
  test('is not gone on with when the input is another', async (t) => {
    const folder = await begun(t);
    folder.addFixture('uint8-full-range.tif');
    assert.match(failureOf(await runCli(RESUMED, { cwd: folder.path }), 2), /begun before .*in\.tif changed|begun with other options/);
    assert.deepEqual(folder.list(), BEGUN);
    await finish(folder, [...RESUMED, '--overwrite']);
  });

  test('is as good with a journal whose end was cut off', async (t) => {
    const bytes = await wanted(t);
    const folder = await begun(t);
    const whole = statSync(folder.at('out.tif.journal')).size;
    truncateSync(folder.at('out.tif.journal'), whole - 7);
    await finish(folder);
    assert.ok(readFileSync(folder.at('out.tif')).equals(bytes));
  });

  test('is as good with garbage behind the journal and the tiles', async (t) => {
    const bytes = await wanted(t);
    const folder = await begun(t);
    for (const name of ['out.tif.journal', 'out.tif.partial']) writeFileSync(folder.at(name), Buffer.alloc(5_000_000), { flag: 'a' });
    await finish(folder);
    assert.ok(readFileSync(folder.at('out.tif')).equals(bytes));
  });

  for (const [left, length] of [['nothing', () => 0], ['one byte', () => 1], ['half', (size: number) => size >> 1], ['all but its last byte', (size: number) => size - 1]] as const) {
    test(`is gone on with from what is there, where ${left} of it is`, async (t) => {
      const bytes = await wanted(t);
      const folder = await begun(t);
      const cutOff = (): void => truncateSync(folder.at('out.tif.partial'), length(statSync(folder.at('out.tif.partial')).size));
      cutOff();
      // Who fails as it fills the gap leaves no file that looks whole.
      failureOf(await runCli(RESUMED, { cwd: folder.path, env: withFault('write:EIO:1') }), 5);
      await finish(folder);
      assert.ok(readFileSync(folder.at('out.tif')).equals(bytes));
    });
  }

  test('is made whole again where it was complete, had no name yet and lost its end', async (t) => {
    const bytes = await wanted(t);
    for (const length of [0, bytes.length >> 1, bytes.length - 1, bytes.length]) {
      const folder = folderWith(t);
      const gate = new Gate(new Folder(t));
      const run = startCli(RESUMED, { cwd: folder.path, env: gate.env });
      await gate.held(run);
      writeFileSync(folder.at('out.tif'), 'in the way');
      gate.release();
      assert.match(failureOf(await run.ended, 2), /appeared while the run was under way/);
      rmSync(folder.at('out.tif'));
      truncateSync(folder.at('out.tif.partial'), length);
      await finish(folder);
      assert.ok(readFileSync(folder.at('out.tif')).equals(bytes), `other bytes after ${length} of ${bytes.length} were left`);
    }
  });

  test('is begun anew when it was taken away', async (t) => {
    const folder = await begun(t);
    rmSync(folder.at('out.tif.partial'));
    await finish(folder);
    assert.ok(readFileSync(folder.at('out.tif')).equals(await wanted(t)));
  });

  test('is refused without its journal, and where the journal is none', async (t) => {
    const folder = await begun(t);
    rmSync(folder.at('out.tif.journal'));
    assert.match(failureOf(await runCli(RESUMED, { cwd: folder.path }), 2), /out\.tif\.partial: is there without its journal, remove it/);
    writeFileSync(folder.at('out.tif.journal'), 'dear diary\n');
    assert.match(failureOf(await runCli(RESUMED, { cwd: folder.path }), 2), /out\.tif\.journal: is no journal of rastq, remove it/);
    assert.equal(readFileSync(folder.at('out.tif.journal'), 'utf8'), 'dear diary\n');
  });
});

describe('--resume is refused', () => {
  for (const [name, words, says] of [
    ['for standard input', ['normalize', '-', 'out.tif'], /standard input is copied first/],
    ['for standard output', ['normalize', 'in.tif', '-'], /--resume: standard output cannot be gone on with/],
    ['for COGs', ['normalize', 'in.tif', 'out.tif', '--of', 'COG'], /--resume: a COG is put together at its end/],
  ] as const) {
    test(name, async (t) => {
      const folder = folderWith(t, 'rotated.tif');
      assert.match(failureOf(await runCli([...words, '--resume'], { cwd: folder.path }), 2), says);
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }
});
