import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { fixturePath } from '../oracle/support/run.js';
import { assertSilentSuccess, failureOf, onlyLine, runCli } from '../support/cli.js';
import { SMALL_TASKS, withFault } from '../support/faults.js';
import { Folder } from '../support/folder.js';
import { type Fault, serveBytes } from './support/fault-server.js';

const scene = new Uint8Array(readFileSync(fixturePath('scene.tif')));

/** The output of a run on the local file. */
async function localOutput(folder: Folder, input: string): Promise<Buffer> {
  assertSilentSuccess(await runCli(['normalize', input, folder.at('local.tif'), '-j', '2']));
  return readFileSync(folder.at('local.tif'));
}

async function assertSameAsLocal(t: TestContext, url: string, words: readonly string[] = []): Promise<void> {
  const folder = new Folder(t);
  const wanted = await localOutput(folder, fixturePath('scene.tif'));
  assertSilentSuccess(await runCli(['normalize', url, folder.at('out.tif'), '-j', '2', ...words]));
  assert.ok(readFileSync(folder.at('out.tif')).equals(wanted));
}

describe('a server with passing faults', () => {
  for (const fault of ['drop', 'drop midway', 'truncate', 'wrong range', 'too much', 429, 500, 503] as const) {
    test(`${fault}, every other request`, async (t) => {
      const { url } = await serveBytes(t, scene, { fault: (n) => (n % 2 === 0 ? fault : undefined) });
      await assertSameAsLocal(t, url);
    });
  }

  for (const fault of ['stall', 'stall midway'] as const) {
    test(`${fault}, the first request and the second but one`, async (t) => {
      const { url } = await serveBytes(t, scene, { fault: (n) => (n % 2 === 0 && n < 4 ? fault : undefined) });
      await assertSameAsLocal(t, url, ['--timeout', '1']);
    });
  }

  test('a body that breaks off is continued, not fetched anew', async (t) => {
    const served = await serveBytes(t, scene, { fault: (n) => (n === 0 ? undefined : n < 3 ? 'drop midway' : undefined) });
    await assertSameAsLocal(t, served.url);
    assert.ok(served.bytesSent <= scene.length * 1.05, `${served.bytesSent} bytes of ${scene.length}`);
  });
});

// Its blocks are fetched once more: those that lay in the worker are gone, and what was fetched ahead has moved on.
for (const pool of ['threads', 'processes'] as const) {
  test(`a worker of ${pool} that dies over a remote input is replaced`, async (t) => {
    const folder = new Folder(t);
    const { url } = await serveBytes(t, scene);
    const words = [...SMALL_TASKS, '-j', '2'];
    assertSilentSuccess(await runCli(['normalize', fixturePath('scene.tif'), folder.at('local.tif'), ...words]));
    const env = { ...withFault('apply:exit:12'), FAULT_ONCE: folder.at('met') };
    const result = await runCli(['normalize', url, folder.at('out.tif'), ...words, '--pool', pool], { env });
    assert.equal(result.code, 0, result.stderr);
    assert.match(onlyLine(result.stderr), /died: it exited with code 7, at task \d+ .*done again/);
    assert.deepEqual(folder.read('out.tif'), folder.read('local.tif'));
  });
}

describe('a server whose faults do not pass', () => {
  const lasting: readonly [Fault, RegExp][] = [
    ['drop', /connection was (reset|closed)/],
    ['truncate', /short of/],
    ['wrong range', /it answered with bytes/],
    [503, /503 Service Unavailable/],
  ];
  for (const [fault, words] of lasting) {
    test(`${fault} after the head: code 5, one line, nothing left`, async (t) => {
      const folder = new Folder(t);
      const { url } = await serveBytes(t, scene, { fault: (n) => (n === 0 ? undefined : fault) });
      const message = failureOf(await runCli(['normalize', url, folder.at('out.tif'), '--retries', '1']), 5);
      assert.match(message, words);
      assert.match(message, /2 times; --retries/);
      assert.deepEqual(folder.list(), []);
    });
  }
});

describe('an object that is replaced while it is read', () => {
  test('by one of another size, where the server tells neither ETag nor time', async (t) => {
    const folder = new Folder(t);
    const served = await serveBytes(t, scene, {
      fault: (n) => {
        if (n > 0) served.bytes = new Uint8Array([...scene, 0]);
        return undefined;
      },
    });
    served.etag = undefined;
    assert.match(failureOf(await runCli(['normalize', served.url, folder.at('out.tif')]), 5), /was replaced while it was being read/);
    assert.deepEqual(folder.list(), []);
  });

  const replacements: readonly [string, string | undefined, string | undefined][] = [
    ['with another ETag', '"1"', '"2"'],
    ['with another weak ETag', 'W/"1"', 'W/"2"'],
  ];
  for (const [name, before, after] of replacements) {
    test(name, async (t) => {
      const folder = new Folder(t);
      const served = await serveBytes(t, scene, {
        fault: (n) => {
          if (n > 0) served.etag = after;
          return undefined;
        },
      });
      served.etag = before;
      const message = failureOf(await runCli(['normalize', served.url, folder.at('out.tif')]), 5);
      assert.match(message, /was replaced while it was being read/);
      assert.deepEqual(folder.list(), []);
    });
  }
});
