import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fixturePath } from '../oracle/support/run.js';
import { runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { serveBytes } from './support/fault-server.js';

const SCENE = fixturePath('scene.tif');
const ROOT = new URL('../../../', import.meta.url).href;
const THREADS = ['--pool', 'threads', '-j', '2'];
/** A header that the SDK adds to its requests. */
const OF_SDK = 'amz-sdk-invocation-id';

/** The files that a program and its threads have loaded, as V8 tells. */
async function filesOf(t: ConstructorParameters<typeof Folder>[0], run: (env: NodeJS.ProcessEnv) => unknown): Promise<string[]> {
  const folder = new Folder(t);
  await run({ NODE_V8_COVERAGE: folder.path });
  const told = folder.list().map((name) => JSON.parse(readFileSync(folder.at(name), 'utf8')) as { result: { url: string }[] });
  const files = [...new Set(told.flatMap(({ result }) => result.map(({ url }) => url)))].filter((url) => /^file:.*\.m?js$/.test(url));
  assert.notEqual(files.length, 0);
  return files;
}

/** Those of the AWS SDK. */
const ofSdk = (files: readonly string[]): string[] => files.filter((url) => readFileSync(fileURLToPath(url), 'utf8').includes(OF_SDK));

/** Runs the command line, and gives what it loaded. */
const loadedBy = (t: ConstructorParameters<typeof Folder>[0], words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> =>
  filesOf(t, async (coverage) => {
    const result = await runCli(words, { env: { ...coverage, ...env } });
    assert.equal(result.code, 0, result.stderr);
  });

describe('the AWS SDK is loaded where an s3:// URL is given, and nowhere else', () => {
  test('not for files, nor for HTTP', async (t) => {
    const { url } = await serveBytes(t, new Uint8Array(readFileSync(SCENE)));
    for (const input of [SCENE, url]) {
      assert.deepEqual(ofSdk(await loadedBy(t, ['normalize', input, new Folder(t).at('out.tif'), ...THREADS])), [], input);
    }
  });

  test('not by the library itself', async (t) => {
    const index = new URL('../../src/index.js', import.meta.url).href;
    const program = `const { openRaster } = await import(${JSON.stringify(index)}); await (await openRaster(${JSON.stringify(SCENE)})).close();`;
    const files = await filesOf(t, (env) => {
      const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, ...env }, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });
    assert.ok(files.length > 5, files.join());
    assert.deepEqual(ofSdk(files), []);
  });

  test('for S3', async (t) => {
    const { url } = await serveBytes(t, new Uint8Array(readFileSync(SCENE)));
    assert.notEqual(ofSdk(await loadedBy(t, ['info', 's3://bucket/in.tif'], storeAt(url))).length, 0);
  });
});

const storeAt = (url: string): NodeJS.ProcessEnv => ({ AWS_ENDPOINT_URL: new URL(url).origin, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });

describe('the command line loads a file for each kind of thread, and nothing twice', () => {
  const MAIN = ['bin/rastq.js', 'dist/bundle/cli/main.js', 'dist/bundle/cli/start.js'];
  const THREAD = 'dist/bundle/pools/thread-entry.js';
  /** What of the program itself was loaded, without the SDK's files. */
  const own = (files: readonly string[]): string[] =>
    files.map((url) => url.slice(ROOT.length)).filter((file) => /^(bin|dist)\//.test(file) && !file.startsWith('dist/bundle/io/')).sort();
  for (const [what, words, expected] of [
    ['a small raster', [], MAIN],
    ['threads', THREADS, [...MAIN, THREAD]],
  ] as const) {
    test(what, async (t) => {
      const loaded = await loadedBy(t, ['normalize', SCENE, new Folder(t).at('out.tif'), ...words]);
      assert.deepEqual(own(loaded), [...expected].sort());
    });
  }

  test('HTTP', async (t) => {
    const { url } = await serveBytes(t, new Uint8Array(readFileSync(SCENE)));
    assert.deepEqual(own(await loadedBy(t, ['normalize', url, new Folder(t).at('out.tif'), ...THREADS])), [...MAIN, THREAD]);
  });

  test('S3', async (t) => {
    const { url } = await serveBytes(t, new Uint8Array(readFileSync(SCENE)));
    assert.deepEqual(own(await loadedBy(t, ['normalize', 's3://bucket/in.tif', new Folder(t).at('out.tif'), ...THREADS], storeAt(url))), [...MAIN, THREAD]);
  });
});
