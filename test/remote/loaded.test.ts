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
const THREADS = ['--pool', 'threads', '-j', '2'];
/** A header that the SDK adds to its requests. */
const OF_SDK = 'amz-sdk-invocation-id';

/** Of the files that a program and its threads have loaded, as V8 tells, those of the AWS SDK. */
async function sdkFiles(t: ConstructorParameters<typeof Folder>[0], run: (env: NodeJS.ProcessEnv) => unknown): Promise<string[]> {
  const folder = new Folder(t);
  await run({ NODE_V8_COVERAGE: folder.path });
  const told = folder.list().map((name) => JSON.parse(readFileSync(folder.at(name), 'utf8')) as { result: { url: string }[] });
  const files = [...new Set(told.flatMap(({ result }) => result.map(({ url }) => url)))].filter((url) => /^file:.*\.m?js$/.test(url));
  assert.ok(files.length > 5, files.join());
  return files.filter((url) => readFileSync(fileURLToPath(url), 'utf8').includes(OF_SDK));
}

describe('the AWS SDK is loaded where an s3:// URL is given, and nowhere else', () => {
  test('not for files, nor for HTTP', async (t) => {
    const { url } = await serveBytes(t, new Uint8Array(readFileSync(SCENE)));
    for (const input of [SCENE, url]) {
      const files = await sdkFiles(t, async (env) => {
        const result = await runCli(['normalize', input, new Folder(t).at('out.tif'), ...THREADS], { env });
        assert.equal(result.code, 0, result.stderr);
      });
      assert.deepEqual(files, [], input);
    }
  });

  test('not by the library itself', async (t) => {
    const index = new URL('../../src/index.js', import.meta.url).href;
    const program = `const { openRaster } = await import(${JSON.stringify(index)}); await (await openRaster(${JSON.stringify(SCENE)})).close();`;
    const files = await sdkFiles(t, (env) => {
      const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, ...env }, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });
    assert.deepEqual(files, []);
  });

  test('for S3', async (t) => {
    const { url } = await serveBytes(t, new Uint8Array(readFileSync(SCENE)));
    const store = { AWS_ENDPOINT_URL: new URL(url).origin, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const files = await sdkFiles(t, (env) => runCli(['info', 's3://bucket/in.tif'], { env: { ...env, ...store } }));
    assert.notEqual(files.length, 0);
  });
});
