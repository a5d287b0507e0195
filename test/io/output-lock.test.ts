import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { IoError, UsageError } from '../../src/errors.js';
import { checkTarget } from '../../src/io/atomic-file.js';
import { JournalAppender } from '../../src/io/journal-file.js';
import { lockOutput, lockPath } from '../../src/io/output-lock.js';
import { openResumableFile } from '../../src/io/resumable-file.js';
import { until } from '../support/children.js';
import { Folder } from '../support/folder.js';

const TIMES = { beatMs: 20, staleMs: 60_000, watchMs: 200 };

interface LockFile {
  readonly host: string;
  readonly pid: number;
  readonly started: string;
  readonly beat: string;
}

const read = (path: string): LockFile => JSON.parse(readFileSync(path, 'utf8')) as LockFile;

/** Leaves a lock like one of this process, with some of it changed, that was written so many ms ago. */
async function leave(output: string, change: object, agoMs = 0): Promise<void> {
  const path = lockPath(output);
  const lock = await lockOutput(output, TIMES);
  const text = JSON.stringify({ ...read(path), ...change });
  lock.release();
  writeFileSync(path, text);
  utimesSync(path, (Date.now() - agoMs) / 1000, (Date.now() - agoMs) / 1000);
}

describe('the lock of an output', () => {
  test('keeps a second run out until it is released', async (t) => {
    const folder = new Folder(t);
    const output = folder.at('out.tif');
    const lock = await lockOutput(output, TIMES);
    await assert.rejects(lockOutput(output, TIMES), (error) => error instanceof UsageError && error.message.includes(`another run (process ${process.pid} on`));
    lock.check();
    lock.release();
    (await lockOutput(output, TIMES)).release();
    assert.deepEqual(folder.list(), []);
  });

  test('tells who holds it, and beats', async (t) => {
    const output = new Folder(t).at('out.tif');
    const lock = await lockOutput(output, TIMES);
    t.after(() => lock.release());
    const first = read(lockPath(output));
    assert.deepEqual([first.host, first.pid], [hostname(), process.pid]);
    assert.ok(Date.parse(first.started) <= Date.parse(first.beat));
    await until('it beats', () => read(lockPath(output)).beat > first.beat);
  });

  test('lets one of many runs in', async (t) => {
    const output = new Folder(t).at('out.tif');
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockOutput(output, TIMES)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') outcome.value.release();
  });

  const dead = spawnSync(process.execPath, ['--version']).pid;
  const STALE: readonly (readonly [name: string, change: object, agoMs: number])[] = [
    ['of this host, whose process is gone', { pid: dead }, 0],
    ['of this host, whose process has another start than the one of its number', { birth: '1' }, 0],
    ['of another host, a minute without a beat', { host: 'elsewhere' }, 61_000],
    ['of another host whose clock is far ahead, without a beat', { host: 'elsewhere' }, -600_000],
    ['of another boot or container, a minute without a beat', { place: 'elsewhere' }, 61_000],
  ];
  for (const [name, change, agoMs] of STALE) {
    test(`is taken over from a run ${name}`, { skip: 'birth' in change && process.platform !== 'linux' }, async (t) => {
      const folder = new Folder(t);
      await leave(folder.at('out.tif'), change, agoMs);
      const lock = await lockOutput(folder.at('out.tif'), TIMES);
      lock.check();
      assert.deepEqual(folder.list(), ['.out.tif.lock']);
      lock.release();
    });
  }

  test('is taken over from a run of this host that has ended and whose parent has not asked for it', { skip: process.platform !== 'linux' }, async (t) => {
    const folder = new Folder(t);
    // The shell becomes a program that asks for no child.
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    t.after(() => parent.kill());
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const stat = (): string[] => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    await until('it has ended', () => stat()[2] === 'Z');
    await leave(folder.at('out.tif'), { pid, owner: 'another', birth: stat()[21] });
    (await lockOutput(folder.at('out.tif'), TIMES)).release();
    assert.deepEqual(folder.list(), []);
  });

  test('is taken over from a run of this thread that is over, and could not take it away', async (t) => {
    const folder = new Folder(t);
    await leave(folder.at('out.tif'), {});
    (await lockOutput(folder.at('out.tif'), TIMES)).release();
    assert.deepEqual(folder.list(), []);
  });

  const FRESH: readonly (readonly [name: string, change: object, agoMs: number])[] = [
    ['of another thread of this process, however old its beat', { owner: 'another' }, 3_600_000],
    ['of another host, half a minute without a beat', { host: 'elsewhere' }, 30_000],
    ['of another host whose clock is ahead', { host: 'elsewhere' }, -30_000],
    ['of another container, though its process is not seen here', { place: 'elsewhere', pid: dead }, 0],
  ];
  for (const [name, change, agoMs] of FRESH) {
    test(`is left to a run ${name}`, async (t) => {
      const folder = new Folder(t);
      await leave(folder.at('out.tif'), change, agoMs);
      await assert.rejects(lockOutput(folder.at('out.tif'), TIMES), UsageError);
      assert.deepEqual(folder.list(), ['.out.tif.lock']);
    });
  }

  for (const [clock, agoMs] of [['late', 3_600_000], ['ahead', -3_600_000]] as const) {
    test(`is left to a run of another host whose clock is ${clock}, which beats while it is watched`, async (t) => {
      const output = new Folder(t).at('out.tif');
      await leave(output, { host: 'elsewhere' }, agoMs);
      const second = lockOutput(output, TIMES);
      await sleep(50);
      writeFileSync(lockPath(output), JSON.stringify({ ...read(lockPath(output)), beat: 'later' }));
      await assert.rejects(second, /process \d+ on elsewhere/);
    });
  }

  test('that holds no lock but is new is held', async (t) => {
    const output = new Folder(t).at('out.tif');
    writeFileSync(lockPath(output), 'null');
    await assert.rejects(lockOutput(output, TIMES), /another run is writing it/);
  });

  test('that has just been made and is not written yet is held', async (t) => {
    const output = new Folder(t).at('out.tif');
    writeFileSync(lockPath(output), '');
    await assert.rejects(lockOutput(output, TIMES), /another run is writing it/);
    assert.ok(existsSync(lockPath(output)));
  });

  const STRANGERS: readonly (readonly [name: string, lay: (path: string) => void])[] = [
    ['a link to nowhere', (path) => symlinkSync('nowhere', path)],
    ['a link to a file', (path) => symlinkSync('mine', path)],
    ['a named pipe that nobody writes to', (path) => void execFileSync('mkfifo', [path])],
    ['a folder', (path) => mkdirSync(path)],
  ];
  for (const [name, lay] of STRANGERS) {
    test(`is refused where ${name} lies at its place`, { skip: process.platform === 'win32' && 'Windows has no such pipes and links' }, async (t) => {
      const folder = new Folder(t);
      writeFileSync(folder.at('mine'), '{}');
      lay(lockPath(folder.at('out.tif')));
      const before = folder.list();
      await assert.rejects(lockOutput(folder.at('out.tif'), TIMES), (error) => error instanceof UsageError && error.message.endsWith('.out.tif.lock: is no lock of rastq, remove it'));
      assert.deepEqual(folder.list(), before);
      assert.equal(folder.read('mine').toString(), '{}');
    });
  }

  test('that was removed ends the run that held it', async (t) => {
    const folder = new Folder(t);
    const output = folder.at('out.tif');
    const lock = await lockOutput(output, TIMES);
    rmSync(lockPath(output));
    assert.ok(!lock.isHeld());
    assert.throws(() => lock.check(), (error) => error instanceof IoError && /its lock \.out\.tif\.lock is gone.*removed by hand/.test(error.message));
    await until('it is noticed', () => lock.lost.aborted);
    lock.release();
    assert.deepEqual(folder.list(), []);
  });

  test('once it is lost lets nothing be written to what can be gone on with, nor noted, nor appear', async (t) => {
    const folder = new Folder(t);
    const target = checkTarget(folder.at('out.tif'), { overwrite: true, resume: true });
    const lock = await lockOutput(target.path, TIMES);
    const file = openResumableFile(target, lock.claim);
    t.after(() => file.discard());
    await file.write(0, Buffer.from('tiles'));
    writeFileSync(target.journalPath!, 'begun\n');
    const journal = new JournalAppender(target.journalPath!, 6, lock.claim);
    t.after(() => journal.close());
    rmSync(lockPath(target.path));
    const is = (error: unknown): boolean => error instanceof IoError && error.message.includes('is gone');
    assert.throws(() => new JournalAppender(target.journalPath!, 0, lock.claim), is);
    assert.throws(() => openResumableFile(target, lock.claim), is);
    assert.throws(() => file.cut(0), is);
    for (const act of [() => file.write(0, Buffer.from('other')), () => file.flush(), () => journal.append([1]), () => file.publish()]) await assert.rejects(async () => act(), is);
    assert.deepEqual([folder.read('out.tif.partial').toString(), folder.read('out.tif.journal').toString()], ['tiles', 'begun\n']);
    assert.deepEqual(folder.list(), ['out.tif.journal', 'out.tif.partial']);
    lock.release();
  });

  test('that another run has taken ends this one', async (t) => {
    const folder = new Folder(t);
    const output = folder.at('out.tif');
    const lock = await lockOutput(output, TIMES);
    writeFileSync(lockPath(output), JSON.stringify({ ...read(lockPath(output)), id: 'another', host: 'elsewhere', pid: 1 }));
    assert.throws(() => lock.check(), IoError);
    await until('it is noticed', () => lock.lost.aborted);
    assert.match(String(lock.lost.reason), /another run \(process 1 on elsewhere.*has taken it over/);
    lock.release();
    assert.deepEqual(folder.list(), ['.out.tif.lock']);
  });
});
