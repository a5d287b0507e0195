import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test, type TestContext } from 'node:test';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { assertSilentSuccess, failureOf, onlyLine, runCli, startCli } from '../support/cli.js';
import { until } from '../support/children.js';
import { withPatience } from '../support/faults.js';
import { Folder } from '../support/folder.js';
import { fixturePath } from '../oracle/support/run.js';
import { type Asked, type Faults, type Relay, startRelay } from './support/fault-relay.js';
import { missingServers, s3Environment, type Servers, startServers } from './support/servers.js';
import { Store } from './support/store.js';

const BUCKET = 'uploads';
const OUT = `s3://${BUCKET}/out.tif`;
const watchdogMs = 180_000;

/** The requests of an upload. */
const isBegin = ({ method, url }: Asked): boolean => method === 'POST' && url.searchParams.has('uploads');
const isPart = ({ method, url }: Asked): boolean => method === 'PUT' && url.searchParams.has('partNumber');
const isEnd = ({ method, url }: Asked): boolean => method === 'POST' && url.searchParams.has('uploadId');
const isAbort = ({ method, url }: Asked): boolean => method === 'DELETE' && url.searchParams.has('uploadId');
const REQUESTS = { begin: isBegin, 'upload of a part': isPart, end: isEnd } as const;

describe('uploads through a network with faults, to a real store', { skip: missingServers }, () => {
  const servers: Servers | undefined = missingServers === false ? startServers() : undefined;
  if (servers === undefined) return;
  after(() => servers.stop());
  const store = new Store(servers.s3, BUCKET);
  after(() => store.client.destroy());
  before(() => store.create());

  const file = writeTiff({
    width: 2000, height: 1700, bands: 3, dtype: 'uint16', layout: { tile: { width: 256, height: 256 } }, compression: 'none',
    pixel: (band, row, col) => (band * 10_007 + row * 31 + col * 7) % 60_000,
  });

  /** A run through a relay, its arguments, and the bytes of a local run. */
  async function prepare(t: TestContext, faults: Faults) {
    await store.remove('out.tif');
    const folder = new Folder(t);
    writeFileSync(folder.at('in.tif'), file);
    const relay = await startRelay(t, servers!.s3, faults);
    const words = ['normalize', folder.at('in.tif'), OUT, '--timeout', '60'];
    const env = { ...s3Environment(servers!), AWS_ENDPOINT_URL: relay.url };
    const local = async (): Promise<Buffer> => {
      assertSilentSuccess(await runCli(['normalize', folder.at('in.tif'), folder.at('local.tif')], { watchdogMs }));
      return readFileSync(folder.at('local.tif'));
    };
    return { relay, words, options: { env, watchdogMs }, local };
  }

  const object = (): Promise<Buffer> => store.get('out.tif');
  const assertNothing = async (relay: Relay): Promise<void> => {
    await relay.idle();
    assert.deepEqual(await store.uploads(), []);
    await assert.rejects(object(), { name: 'NoSuchKey' });
  };

  test('the part with the head goes up last, and the log names the upload', async (t) => {
    const { words, options, relay, local } = await prepare(t, () => undefined);
    // One request at a time: their order is that in which parts are full.
    const { code, stderr } = await runCli([...words, '--connections', '1', '-v', '--log-format', 'json'], options);
    assert.equal(code, 0, stderr);
    assert.ok((await object()).equals(await local()));
    const parts = relay.asked.filter(isPart).map(({ url }) => Number(url.searchParams.get('partNumber')));
    assert.deepEqual(parts, [2, 3, 1]);
    assert.ok(relay.asked.findIndex(isEnd) > relay.asked.findLastIndex(isPart));
    const id = relay.asked.find(isPart)!.url.searchParams.get('uploadId')!;
    assert.ok(stderr.includes(`${OUT}: upload ${id} in parts of 8 MiB`), stderr);
  });

  for (const fault of ['drop', 'drop midway', 'lose the answer', 'repeat', 'stall', 429, 500, 503] as const) {
    test(`${fault}, the first time each part goes up: the output is right`, async (t) => {
      const seen = new Set<string>();
      const { words, options, relay, local } = await prepare(t, (asked) => {
        const number = asked.url.searchParams.get('partNumber');
        if (!isPart(asked) || seen.has(number!)) return undefined;
        seen.add(number!);
        return fault;
      });
      assertSilentSuccess(await runCli([...words, ...(fault === 'stall' ? ['--timeout', '6'] : [])], options));
      assert.ok(seen.size >= 3, `${seen.size} parts`);
      assert.ok(relay.asked.filter(isPart).length >= (fault === 'repeat' ? 1 : 2) * seen.size);
      assert.ok((await object()).equals(await local()));
      assert.deepEqual(await store.uploads(), []);
    });
  }

  for (const fault of ['drop', 'lose the answer', 'truncate the answer', 'repeat', 503] as const) {
    test(`${fault}, at the end: the output is right, or there is none`, async (t) => {
      let count = 0;
      const { words, options, local } = await prepare(t, (asked) => (isEnd(asked) && count++ === 0 ? fault : undefined));
      const result = await runCli(words, options);
      assert.ok(count >= 1);
      if (result.code === 0) assert.ok((await object()).equals(await local()));
      else failureOf(result, 5);
      assert.equal(result.code, 0, result.stderr);
      assert.deepEqual(await store.uploads(), []);
    });
  }

  for (const [what, which] of Object.entries(REQUESTS)) {
    for (const fault of ['drop', 503] as const) {
      test(`${fault}, each ${what}: one line, code 5, nothing is left`, async (t) => {
        const { words, options, relay } = await prepare(t, (asked) => (which(asked) ? fault : undefined));
        const message = failureOf(await runCli([...words, '--retries', '1'], options), 5);
        assert.match(message, /s3:\/\/uploads\/out\.tif: cannot /);
        await assertNothing(relay);
      });
    }
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} while parts go up, where the first try to end the upload fails: nothing is left`, async (t) => {
      let aborts = 0;
      const { words, options, relay } = await prepare(t, (asked) => (isPart(asked) ? 'stall' : isAbort(asked) && aborts++ === 0 ? 503 : undefined));
      const run = startCli(words, { ...options, env: withPatience(options.env) });
      await until('parts go up', () => relay.asked.some(isPart), run.hasEnded);
      run.kill(signal);
      const message = failureOf(await run.ended, signal === 'SIGINT' ? 130 : 143);
      assert.equal(message, `stopped by ${signal}`);
      assert.ok(aborts >= 2);
      await assertNothing(relay);
    });
  }

  test('SIGINT while parts go up, in the time there is: what is left is named', async (t) => {
    const { words, options, relay } = await prepare(t, (asked) => (isPart(asked) ? 'stall' : undefined));
    const run = startCli(words, options);
    await until('parts go up', () => relay.asked.some(isPart), run.hasEnded);
    run.kill('SIGINT');
    const named = /--upload-id (\S+)/.exec(failureOf(await run.ended, 130))?.[1];
    // What is named may be gone: the last request arrived, and nobody was there for the answer.
    await relay.idle();
    const left = await store.uploads();
    assert.deepEqual(left, left.length === 0 ? [] : [named]);
    for (const id of left) await store.endUpload('out.tif', id);
  });

  for (const raster of ['a large raster', 'a small one, which is made without threads']) {
    test(`SIGTERM while an upload is begun, of ${raster}: nothing is left`, async (t) => {
      let begin = (): void => undefined;
      const isStopped = new Promise<undefined>((resolve) => (begin = () => resolve(undefined)));
      const { words, options, relay } = await prepare(t, (asked) => (isBegin(asked) ? isStopped : undefined));
      const input = raster === 'a large raster' ? words[1] : fixturePath('scene.tif');
      const run = startCli([words[0], input, ...words.slice(2)], { ...options, env: withPatience(options.env) });
      await until('an upload is begun', () => relay.asked.some(isBegin), run.hasEnded);
      run.kill('SIGTERM');
      begin();
      assert.equal(failureOf(await run.ended, 143), 'stopped by SIGTERM');
      assert.ok(relay.asked.some(isAbort));
      await assertNothing(relay);
    });
  }

  for (const raster of ['a large raster', 'a small one, which is made without threads']) {
    test(`SIGTERM while a store does not answer to the beginning of an upload, of ${raster}: the line says that one may be open`, async (t) => {
      const { words, options, relay } = await prepare(t, (asked) => (isBegin(asked) ? 'stall' : undefined));
      const input = raster === 'a large raster' ? words[1] : fixturePath('scene.tif');
      const run = startCli([words[0], input, ...words.slice(2)], options);
      await until('an upload is begun', () => relay.asked.some(isBegin), run.hasEnded);
      run.kill('SIGTERM');
      assert.match(failureOf(await run.ended, 143), /stopped by SIGTERM; .*upload may have been begun .*list-multipart-uploads --bucket uploads --prefix out\.tif/);
    });
  }

  test('an upload whose beginning was done, and its answer lost, is named by a run that begins another', async (t) => {
    let count = 0;
    const { words, options, local } = await prepare(t, (asked) => (isBegin(asked) && count++ === 0 ? 'lose the answer' : undefined));
    const { code, stderr } = await runCli(words, options);
    assert.equal(code, 0, stderr);
    assert.ok((await object()).equals(await local()));
    const id = /abort-multipart-upload --bucket uploads --key out\.tif --upload-id ([^\s"]+)/.exec(onlyLine(stderr))?.[1];
    assert.deepEqual(await store.uploads(), [id]);
    await store.endUpload('out.tif', id!);
  });

  test('and by one that fails, as what may be', async (t) => {
    const { words, options, relay } = await prepare(t, (asked) => (isBegin(asked) ? 'lose the answer' : undefined));
    assert.match(failureOf(await runCli([...words, '--retries', '0'], options), 5), /cannot begin an upload: .*; s3:\S+: an upload may have been begun/);
    await relay.idle();
    for (const id of await store.uploads()) await store.endUpload('out.tif', id);
  });

  test('SIGTERM while the parts of a small raster go up, which is made without threads: nothing is left', async (t) => {
    const { words, options, relay } = await prepare(t, (asked) => (isPart(asked) ? 'stall' : undefined));
    const run = startCli([words[0], fixturePath('scene.tif'), ...words.slice(2)], { ...options, env: withPatience(options.env) });
    await until('a part goes up', () => relay.asked.some(isPart), run.hasEnded);
    run.kill('SIGTERM');
    assert.equal(failureOf(await run.ended, 143), 'stopped by SIGTERM');
    await assertNothing(relay);
  });

  test('SIGTERM while parts go up to a store that no longer answers: the run ends, and names the upload', async (t) => {
    const { words, options, relay } = await prepare(t, (asked) => (isPart(asked) || isAbort(asked) ? 'stall' : undefined));
    const run = startCli([...words, '--timeout', '120'], options);
    await until('parts go up', () => relay.asked.some(isPart), run.hasEnded);
    run.kill('SIGTERM');
    const message = failureOf(await run.ended, 143);
    const id = /stopped by SIGTERM.*abort-multipart-upload --bucket uploads --key out\.tif --upload-id (\S+)/.exec(message)?.[1];
    assert.deepEqual(await store.uploads(), [id]);
    await store.endUpload('out.tif', id!);
  });

  test('an upload that cannot be ended is named, with the command that ends it', async (t) => {
    const { words, options } = await prepare(t, (asked) => (isPart(asked) || isAbort(asked) ? 503 : undefined));
    const message = failureOf(await runCli([...words, '--retries', '1'], options), 5);
    const id = /abort-multipart-upload --bucket uploads --key out\.tif --upload-id (\S+)/.exec(message)?.[1];
    assert.deepEqual(await store.uploads(), [id]);
    await store.endUpload('out.tif', id!);
  });
});
