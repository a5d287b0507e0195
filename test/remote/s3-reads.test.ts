import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test, type TestContext } from 'node:test';
import { fixturePath } from '../oracle/support/run.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { type Faults, startRelay } from './support/fault-relay.js';
import { missingServers, s3Environment, type Servers, startServers } from './support/servers.js';
import { Store } from './support/store.js';

const BUCKET = 'inputs';
const watchdogMs = 180_000;
const scene = readFileSync(fixturePath('scene.tif'));
/** The objects that another one takes the place of, each longer than a head. */
const OTHERS = [['as long', scene.map((byte, i) => (i < 5000 ? byte : 0))], ['shorter', scene.subarray(0, 1000)]] as const;

describe('inputs from a real store', { skip: missingServers }, () => {
  const servers: Servers | undefined = missingServers === false ? startServers() : undefined;
  if (servers === undefined) return;
  after(() => servers.stop());
  const store = new Store(servers.s3, BUCKET);
  after(() => store.client.destroy());
  before(() => store.create());

  /** A run through a relay. */
  async function prepare(t: TestContext, faults: Faults) {
    await store.put('in.tif', scene);
    const folder = new Folder(t);
    const relay = await startRelay(t, servers!.s3, faults);
    const run = (words: readonly string[] = []) =>
      runCli(['normalize', `s3://${BUCKET}/in.tif`, folder.at('out.tif'), ...words], { env: { ...s3Environment(servers!), AWS_ENDPOINT_URL: relay.url }, watchdogMs });
    return { folder, relay, run };
  }

  async function assertAsLocal(folder: Folder): Promise<void> {
    assertSilentSuccess(await runCli(['normalize', fixturePath('scene.tif'), folder.at('local.tif')]));
    assert.ok(folder.read('out.tif').equals(folder.read('local.tif')));
  }

  test('nothing but ranges of the object is asked for', async (t) => {
    const { folder, relay, run } = await prepare(t, () => undefined);
    assertSilentSuccess(await run());
    await assertAsLocal(folder);
    assert.ok(relay.asked.length > 1);
    for (const { method, url } of relay.asked) assert.deepEqual([method, url.pathname, url.search], ['GET', `/${BUCKET}/in.tif`, '?x-id=GetObject']);
  });

  for (const fault of ['drop', 'lose the answer', 'truncate the answer', 'repeat', 'stall', 429, 500, 503] as const) {
    test(`${fault}, every other request: the output is right`, async (t) => {
      // What stalls is waited for.
      const { folder, relay, run } = await prepare(t, (_, n) => (n % 2 === 0 && (fault !== 'stall' || n === 0) ? fault : undefined));
      assertSilentSuccess(await run(fault === 'stall' ? ['--timeout', '6'] : []));
      await assertAsLocal(folder);
      assert.ok(relay.asked.length > (fault === 'repeat' ? 1 : 2));
    });
  }

  for (const fault of ['drop', 'truncate the answer', 503] as const) {
    test(`${fault}, each request but the first: one line, code 5, nothing is left`, async (t) => {
      const { folder, run } = await prepare(t, (_, n) => (n > 0 ? fault : undefined));
      assert.match(failureOf(await run(['--retries', '1']), 5), /s3:\/\/inputs\/in\.tif: cannot read .*2 times; --retries/);
      assert.deepEqual(folder.list(), []);
    });
  }

  for (const [what, other] of OTHERS) {
    test(`an object that is replaced by one that is ${what} ends the run`, async (t) => {
      let replacing: Promise<undefined> | undefined;
      const { folder, run } = await prepare(t, (_, n) => (n === 0 ? undefined : (replacing ??= store.put('in.tif', other).then(() => undefined))));
      assert.match(failureOf(await run(), 5), /in\.tif: was replaced while it was being read/);
      assert.deepEqual(folder.list(), []);
    });
  }
});
