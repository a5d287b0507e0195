import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { readFileSync, statSync } from 'node:fs';
import { fixturePath } from '../oracle/support/run.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { type Served, serveBytes } from './support/fault-server.js';

const scene = readFileSync(fixturePath('scene.tif'));

interface Prepared {
  readonly folder: Folder;
  readonly served: Served;
  readonly words: readonly string[];
}

/** A run with --resume from a server to a file. */
async function prepare(t: TestContext): Promise<Prepared> {
  const folder = new Folder(t);
  const served = await serveBytes(t, scene);
  return { folder, served, words: ['normalize', served.url, folder.at('out.tif'), '--resume'] };
}

describe('--resume knows a remote input by its ETag', () => {
  test('as long as that is the same the output is complete, and nothing but the head is read', async (t) => {
    const { folder, served, words } = await prepare(t);
    assertSilentSuccess(await runCli(words));
    const { ino } = statSync(folder.at('out.tif'));
    const asked = served.ranges.length;
    assertSilentSuccess(await runCli(words));
    assert.equal(statSync(folder.at('out.tif')).ino, ino);
    assert.ok(served.ranges.length - asked <= 2, `${served.ranges.length - asked} requests`);
  });

  test('another one is refused, with both', async (t) => {
    const { folder, served, words } = await prepare(t);
    assertSilentSuccess(await runCli(words));
    served.etag = '"2"';
    const line = failureOf(await runCli(words), 2);
    assert.match(line, /out\.tif\.journal: was begun before http:.*in\.tif changed \(.*1.*, now .*2.*\).*--overwrite/);
    assertSilentSuccess(await runCli([...words, '--overwrite']));
    assertSilentSuccess(await runCli(words));
    assert.deepEqual(folder.list(), ['out.tif', 'out.tif.journal']);
  });

  test('an input without one, or a time, is refused: nobody would notice its change', async (t) => {
    const { folder, served, words } = await prepare(t);
    served.etag = undefined;
    assert.match(failureOf(await runCli(words), 2), /--resume: http:.*in\.tif tells neither an ETag nor when it was changed/);
    assert.deepEqual(folder.list(), []);
  });
});
