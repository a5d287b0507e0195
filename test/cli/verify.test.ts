import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { assertSilentSuccess, failureOf, onlyLine, runCli } from '../support/cli.js';
import { preload, SMALL_TASKS, withFault } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const FILES = ['normalize', 'in.tif', 'out.tif'];
const POOLS = ['threads', 'processes', 'inline'] as const;
const LAYOUTS: readonly (readonly [name: string, words: readonly string[]])[] = [
  ['tiles', []],
  ['a COG', ['--of', 'COG', '--co', 'BLOCKSIZE=64']],
  ['a COG of bands', ['--of', 'COG', '--co', 'BLOCKSIZE=64', '--co', 'INTERLEAVE=BAND', '--co', 'COMPRESS=ZSTD']],
  ['bands one behind the other', ['--co', 'INTERLEAVE=BAND', '--co', 'COMPRESS=LZW']],
  ['plain bytes', ['--co', 'COMPRESS=NONE']],
];

interface Report {
  readonly tasks: number;
  readonly resumedTasks: number;
  readonly output: { readonly bytes: number };
  readonly verified: { readonly tiles: number; readonly bytes: number; readonly seconds: number } | null;
}

function folderWith(t: TestContext): Folder {
  const folder = new Folder(t);
  folder.addFixture('scene.tif');
  return folder;
}

/** The environment of a run in one of whose writes a bit turns over: by its number in its thread, or the head's. */
const flip = (at: string): NodeJS.ProcessEnv => ({ ...preload('file-fault-preload.js'), FILE_FAULT: `flip:writeSync:${at}` });

const SMALL = [...FILES, ...SMALL_TASKS, '-j', '2'];

let soundBytes: Promise<Buffer> | undefined;

/** What SMALL makes. */
function sound(t: TestContext): Promise<Buffer> {
  const make = async (): Promise<Buffer> => {
    const folder = folderWith(t);
    assertSilentSuccess(await runCli([...SMALL, '--pool', 'inline'], { cwd: folder.path }));
    return folder.read('out.tif');
  };
  return (soundBytes ??= make());
}

describe('--verify changes no byte, and the report tells of it', { concurrency: 2 }, () => {
  for (const [i, [name, words]] of LAYOUTS.entries()) {
    const pool = POOLS[i % POOLS.length];
    test(`${name}, ${pool}`, async (t) => {
      const folder = folderWith(t);
      const plain = await runCli(['normalize', 'in.tif', 'plain.tif', ...words, '--json'], { cwd: folder.path });
      assert.equal((JSON.parse(plain.stdout) as Report).verified, null);
      const result = await runCli([...FILES, ...words, '--pool', pool, '-j', '2', '--verify', '--json'], { cwd: folder.path });
      assertSilentSuccess(result);
      assert.deepEqual(folder.read('out.tif'), folder.read('plain.tif'));
      const { verified, output } = JSON.parse(result.stdout) as Report;
      assert.ok(verified!.tiles > 0 && verified!.seconds > 0);
      // All of the file was read, and where tiles lie apart some of it twice.
      assert.ok(verified!.bytes >= output.bytes, `${verified!.bytes} of ${output.bytes} bytes`);
    });
  }
});

describe('a bit that turns over between encoder and file is found', { concurrency: 2 }, () => {
  for (const pool of POOLS) {
    // Of a run without threads the first write is the lock's.
    for (const write of [2, 19]) {
      test(`${pool}, in write ${write}`, async (t) => {
        const folder = folderWith(t);
        const env = flip(String(write));
        const result = await runCli([...SMALL, '--pool', pool, '--verify'], { cwd: folder.path, env });
        assert.match(failureOf(result, 5), /^out\.tif: verification failed: tile at column \d, row \d: (damaged deflate bytes|wanted checksum [0-9a-f]{8}, got [0-9a-f]{8})/);
        assert.deepEqual(folder.list(), ['in.tif']);
      });
    }
  }

  test('in what goes to standard output, before any of it is sent', async (t) => {
    const folder = folderWith(t);
    const env = flip('3');
    const result = await runCli(['normalize', 'in.tif', '-', ...SMALL_TASKS, '-j', '2', '--verify', '--spool-dir', folder.path], { cwd: folder.path, env });
    assert.match(failureOf(result, 5), /^standard output: verification failed: tile at /);
    assert.deepEqual(folder.list(), ['in.tif']);
  });

  test('in the head, which is written last, and leaves an output that was there as it was', async (t) => {
    const folder = folderWith(t);
    writeFileSync(folder.at('out.tif'), 'before');
    const env = flip('head');
    const result = await runCli([...SMALL, '--verify', '--overwrite'], { cwd: folder.path, env });
    assert.match(failureOf(result, 5), /^out\.tif: verification failed: its head, the first \d+ bytes: wanted checksum/);
    assert.equal(folder.read('out.tif').toString(), 'before');
    assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
  });
});

describe('an encoder that makes other pixels is found out', { concurrency: 2 }, () => {
  for (const pool of POOLS) {
    test(pool, async (t) => {
      const folder = folderWith(t);
      const words = [...SMALL, '--pool', pool];
      const env = withFault('encode:spoil:9');
      const result = await runCli([...words, '--verify'], { cwd: folder.path, env });
      assert.match(failureOf(result, 5), /^out\.tif: verification failed: tile at column \d, row \d: wanted checksum [0-9a-f]{8}, got [0-9a-f]{8}$/);
      assert.deepEqual(folder.list(), ['in.tif']);
      // Without it nobody is any the wiser.
      assertSilentSuccess(await runCli(words, { cwd: folder.path, env }));
      assert.notDeepEqual(folder.read('out.tif'), await sound(t));
    });
  }
});

describe('a worker that dies while it verifies is replaced', { concurrency: 2 }, () => {
  for (const pool of ['threads', 'processes'] as const) {
    test(pool, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('sparse-zero.tif');
      const words = [...FILES, '--co', 'COMPRESS=DEFLATE', '--pool', pool, '-j', '2', '--verify'];
      assertSilentSuccess(await runCli(['normalize', 'in.tif', 'sound.tif', '--co', 'COMPRESS=DEFLATE'], { cwd: folder.path }));
      // The input is not compressed: what is inflated was read back.
      const result = await runCli(words, { cwd: folder.path, env: { ...withFault('decode:exit:2'), FAULT_ONCE: folder.at('met') } });
      assert.equal(result.code, 0, result.stderr);
      assert.match(onlyLine(result.stderr), /worker \d.* died: it exited with code 7, at verification of task \d+, which is done again/);
      assert.deepEqual(folder.read('out.tif'), folder.read('sound.tif'));
    });
  }
});

describe('--verify with --resume', { concurrency: 2 }, () => {
  const RESUMED = [...SMALL, '--resume', '--verify'];
  const BEGUN = ['in.tif', 'out.tif.journal', 'out.tif.partial'];

  /** Runs to the end, and tells how many tasks were done before. */
  async function finish(folder: Folder): Promise<number> {
    const result = await runCli([...RESUMED, '--json'], { cwd: folder.path });
    assertSilentSuccess(result);
    const { resumedTasks, verified } = JSON.parse(result.stdout) as Report;
    assert.ok(verified!.bytes >= statSync(folder.at('out.tif')).size);
    return resumedTasks;
  }

  test('finds what became of tiles of the run before, and has them made again', async (t) => {
    const folder = folderWith(t);
    failureOf(await runCli(RESUMED, { cwd: folder.path, env: withFault('write:ENOSPC:9') }), 5);
    const partial = folder.at('out.tif.partial');
    const bytes = readFileSync(partial);
    bytes[Math.floor(bytes.length * 0.7)] ^= 4;
    writeFileSync(partial, bytes);
    assert.match(failureOf(await runCli(RESUMED, { cwd: folder.path }), 5), /^out\.tif: verification failed: tile at .*; out\.tif\.partial keeps what is done, the same command goes on with it$/);
    assert.deepEqual(folder.list(), BEGUN);
    const before = await finish(folder);
    assert.ok(before > 0 && before < 8, `${before} tasks were still good`);
    assert.deepEqual(folder.read('out.tif'), await sound(t));
  });

  test('takes no tile for granted that a run without it has made', async (t) => {
    const folder = folderWith(t);
    failureOf(await runCli([...SMALL, '--resume'], { cwd: folder.path, env: withFault('write:ENOSPC:9') }), 5);
    assert.deepEqual(folder.list(), BEGUN);
    assert.equal(await finish(folder), 0);
    assert.deepEqual(folder.read('out.tif'), await sound(t));
  });

  test('keeps all tiles where only the head was wrong', async (t) => {
    const folder = folderWith(t);
    const failed = await runCli(RESUMED, { cwd: folder.path, env: flip('head') });
    assert.match(failureOf(failed, 5), /its head/);
    assert.deepEqual(folder.list(), BEGUN);
    assert.equal(await finish(folder), 24);
    assert.deepEqual(folder.read('out.tif'), await sound(t));
  });
});
