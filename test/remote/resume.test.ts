import assert from 'node:assert/strict';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { noise } from '../../fixtures/pixels.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { assertSilentSuccess, failureOf, runCli, startCli } from '../support/cli.js';
import { until } from '../support/children.js';
import { withPatience } from '../support/faults.js';
import { Folder } from '../support/folder.js';
import { type Asked, type Faults, type Relay, startRelay } from './support/fault-relay.js';
import { missingServers, s3Environment, type Servers, startServers } from './support/servers.js';
import { Store } from './support/store.js';

const BUCKET = 'resumed';
const KEY = 'out.tif';
const JOURNAL = 'out.tif.journal';
const OUT = `s3://${BUCKET}/${KEY}`;
const watchdogMs = 180_000;
/** How many moments are tried, and from which seed. */
const KILLS = Number(process.env['RASTQ_KILLS'] ?? 3);
const SEED = Number(process.env['RASTQ_SEED'] ?? Date.now() % 1e6);

const isBegin = ({ method, url }: Asked): boolean => method === 'POST' && url.searchParams.has('uploads');
const isPart = ({ method, url }: Asked): boolean => method === 'PUT' && url.searchParams.has('partNumber');
const isEnd = ({ method, url }: Asked): boolean => method === 'POST' && url.searchParams.has('uploadId');
const isJournal = ({ method, url }: Asked): boolean => method === 'PUT' && url.pathname.endsWith('.journal');
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const numberOf = ({ url }: Asked): number => Number(url.searchParams.get('partNumber'));
const isPartOf = (number: number) => (asked: Asked): boolean => isPart(asked) && numberOf(asked) === number;

describe('uploads that are gone on with, to a real store', { skip: missingServers }, () => {
  const servers: Servers | undefined = missingServers === false ? startServers() : undefined;
  if (servers === undefined) return;
  after(() => servers.stop());
  const store = new Store(servers.s3, BUCKET);
  after(() => store.client.destroy());
  before(() => store.create());

  const file = writeTiff({
    width: 2900, height: 2600, bands: 3, dtype: 'uint16', layout: { tile: { width: 256, height: 256 } }, compression: 'none',
    pixel: (band, row, col) => (band * 10_007 + row * 31 + col * 7) % 60_000,
  });
  let local: Promise<Buffer> | undefined;

  /** The bytes of a local run without --resume. */
  async function localBytes(t: TestContext): Promise<Buffer> {
    const folder = new Folder(t);
    writeFileSync(folder.at('in.tif'), file);
    assertSilentSuccess(await runCli(['normalize', folder.at('in.tif'), folder.at('local.tif')], { watchdogMs }));
    return readFileSync(folder.at('local.tif'));
  }

  interface Prepared {
    readonly folder: Folder;
    readonly relay: Relay;
    readonly words: readonly string[];
    readonly options: { readonly env: NodeJS.ProcessEnv; readonly watchdogMs: number };
    /** Has nothing go wrong from now on. */
    readonly heal: () => void;
  }

  /** A run through a relay, to a place where nothing is. */
  async function prepare(t: TestContext, faults: Faults = () => undefined): Promise<Prepared> {
    await Promise.all([store.remove(KEY), store.remove(JOURNAL)]);
    const folder = new Folder(t);
    writeFileSync(folder.at('in.tif'), file);
    let isHealed = false;
    const relay = await startRelay(t, servers!.s3, (...asked) => (isHealed ? undefined : faults(...asked)));
    const words = ['normalize', folder.at('in.tif'), OUT, '--resume', '--retries', '1', '--timeout', '100', '-j', '2'];
    // What is noted last, as a run ends, is noted.
    const env = withPatience({ ...s3Environment(servers!), AWS_ENDPOINT_URL: relay.url });
    return { folder, relay, words, options: { env, watchdogMs }, heal: () => (isHealed = true) };
  }

  /** The last parts never come. They are refused when those before them are there, but for the first: a failure stops what is on its way. */
  const stuckAfter = (most: number): Faults => async (asked, _, answered) => {
    if (!isPart(asked) || numberOf(asked) <= most) return undefined;
    await until('the parts before are there', () => range(2, most).every((number) => answered.some(isPartOf(number))));
    return 503;
  };

  /** The same command again. @returns the report, and the requests it took */
  async function goOn({ words, options, relay, heal }: Prepared, more: readonly string[] = []) {
    heal();
    const from = relay.asked.length;
    const result = await runCli([...words, ...more, '--json'], options);
    assertSilentSuccess(result);
    return { report: JSON.parse(result.stdout) as { tasks: number; resumedTasks: number }, asked: relay.asked.slice(from) };
  }

  async function assertComplete(t: TestContext): Promise<void> {
    assert.ok((await store.get(KEY)).equals(await (local ??= localBytes(t))), 'other bytes than a local run');
    assert.deepEqual(await store.uploads(), []);
  }

  test(`killed at ${KILLS} random moments, seed ${SEED}, each run but the last: the same bytes, and no part twice`, async (t) => {
    const started = performance.now();
    await goOn(await prepare(t));
    const wholeMs = performance.now() - started;
    const prepared = await prepare(t);
    let uploaded: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const moment = noise(SEED, kill, 7) * wholeMs;
      const from = prepared.relay.asked.length;
      const run = startCli(prepared.words, prepared.options);
      await Promise.race([until('the journal is there', () => prepared.relay.answered.some(isJournal), run.hasEnded).then(() => sleep(moment)), run.ended]);
      run.kill('SIGKILL');
      await run.ended;
      const again = prepared.relay.asked.slice(from).filter(isPart).map(numberOf).filter((number) => uploaded.includes(number));
      assert.deepEqual(again, [], `parts ${uploaded.join()} were there`);
      await prepared.relay.idle();
      const [upload] = await store.uploads();
      // The first waits for the head; the last, which is shorter, is sent again.
      uploaded = upload === undefined ? [] : (await store.parts(KEY, upload)).filter((number) => number > 1 && number < 7);
    }
    const { asked } = await goOn(prepared);
    assert.deepEqual(asked.filter(isPart).map(numberOf).filter((number) => uploaded.includes(number)), []);
    await assertComplete(t);
  });

  test('parts that are there are not sent again, nor their tiles made', async (t) => {
    const prepared = await prepare(t, stuckAfter(3));
    const message = failureOf(await runCli(prepared.words, prepared.options), 5);
    assert.match(message, /part \d.*503.*upload \S+ keeps what is done, the same command goes on with it/);
    const [upload] = await store.uploads();
    assert.deepEqual((await store.parts(KEY, upload)).filter((number) => number > 1), [2, 3]);
    const { report, asked } = await goOn(prepared);
    assert.deepEqual(asked.filter(isPart).map(numberOf).sort(), [1, 4, 5, 6, 7]);
    assert.ok(report.resumedTasks > 0 && report.resumedTasks < report.tasks, `${report.resumedTasks} of ${report.tasks} tasks were done before`);
    await assertComplete(t);
  });

  test('parts that are missing between others are made again', async (t) => {
    const prepared = await prepare(t, (asked) => (isPartOf(3)(asked) ? 'stall' : undefined));
    const run = startCli(prepared.words, prepared.options);
    await until('parts before and behind it are there', () => [2, 4, 5].every((number) => prepared.relay.answered.some(isPartOf(number))), run.hasEnded);
    run.kill('SIGTERM');
    assert.match(failureOf(await run.ended, 143), /keeps what is done/);
    await prepared.relay.idle();
    const [upload] = await store.uploads();
    const there = await store.parts(KEY, upload);
    assert.ok(there.includes(2) && !there.includes(3), there.join());
    const { report, asked } = await goOn(prepared);
    assert.ok(report.resumedTasks > 0);
    assert.ok(asked.filter(isPart).map(numberOf).includes(3));
    assert.ok(!asked.filter(isPart).map(numberOf).includes(2));
    await assertComplete(t);
  });

  test('an upload that was not completed is completed, and nothing else done', async (t) => {
    const prepared = await prepare(t, (asked) => (isEnd(asked) ? 503 : undefined));
    failureOf(await runCli(prepared.words, prepared.options), 5);
    const { report, asked } = await goOn(prepared);
    assert.deepEqual(asked.filter((one) => isPart(one) || isBegin(one)), []);
    assert.equal(report.resumedTasks, report.tasks);
    await assertComplete(t);
  });

  test('an object whose completion was not answered is known to be complete', async (t) => {
    const prepared = await prepare(t, (asked) => (isEnd(asked) ? 'lose the answer' : undefined));
    const run = startCli([...prepared.words, '--retries', '5'], prepared.options);
    await until('it is completed', () => prepared.relay.answered.some(isEnd), run.hasEnded);
    run.kill('SIGKILL');
    await run.ended;
    await prepared.relay.idle();
    const { asked } = await goOn(prepared);
    assert.deepEqual(asked.filter(isPart), []);
    await assertComplete(t);
  });

  test('repeated after success it does nothing', async (t) => {
    const prepared = await prepare(t);
    await goOn(prepared);
    const { report, asked } = await goOn(prepared, ['-j', '1', '--overwrite']);
    assert.deepEqual(asked.filter(({ method }) => !['GET', 'HEAD'].includes(method)), []);
    assert.equal(report.resumedTasks, report.tasks);
    await assertComplete(t);
    await store.remove(KEY);
    await goOn(prepared);
    await assertComplete(t);
  });

  test('an upload that is gone is begun anew', async (t) => {
    const prepared = await prepare(t, stuckAfter(3));
    failureOf(await runCli(prepared.words, prepared.options), 5);
    await store.endUpload(KEY, (await store.uploads())[0]);
    const { report } = await goOn(prepared);
    assert.equal(report.resumedTasks, 0);
    await assertComplete(t);
  });

  const CHANGES: readonly (readonly [name: string, words: readonly string[], says: RegExp, change: (folder: Folder) => void])[] = [
    ['another option', ['--range', '0,99'], /out\.tif\.journal: was begun with other options \(steps\.0\.params\.range\.max: .*, now 99\).*--overwrite/, () => undefined],
    ['an input of another time', [], /was begun before .*in\.tif changed \(last at 20.*--overwrite/, (folder) => utimesSync(folder.at('in.tif'), 1e9, 1e9)],
  ];
  for (const [name, more, says, change] of CHANGES) {
    test(`${name} is refused and touches nothing; with --overwrite the upload before is ended`, async (t) => {
      const prepared = await prepare(t, stuckAfter(3));
      failureOf(await runCli(prepared.words, prepared.options), 5);
      const uploads = await store.uploads();
      change(prepared.folder);
      prepared.heal();
      assert.match(failureOf(await runCli([...prepared.words, ...more], prepared.options), 2), says);
      assert.deepEqual(await store.uploads(), uploads);
      const { report } = await goOn(prepared, [...more, '--overwrite']);
      assert.equal(report.resumedTasks, 0);
      assert.deepEqual(await store.uploads(), []);
      await goOn(prepared, more);
    });
  }

  test('uploads of others to the same place are left alone', async (t) => {
    const prepared = await prepare(t, stuckAfter(3));
    const { UploadId } = await store.client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: KEY }));
    failureOf(await runCli(prepared.words, prepared.options), 5);
    assert.equal((await store.uploads()).length, 2);
    await goOn(prepared);
    assert.deepEqual(await store.uploads(), [UploadId]);
    await store.endUpload(KEY, UploadId!);
    await assertComplete(t);
  });

  test('it is gone on with from another machine, which has nothing but the store', async (t) => {
    const prepared = await prepare(t, stuckAfter(4));
    await store.put('in.tif', file);
    const words = ['normalize', `s3://${BUCKET}/in.tif`, ...prepared.words.slice(2)];
    const here = new Folder(t);
    failureOf(await runCli(words, { ...prepared.options, cwd: here.path, env: { ...prepared.options.env, TMPDIR: here.path, HOME: here.path } }), 5);
    assert.deepEqual(here.list(), []);
    const there = new Folder(t);
    const { report } = await goOn({ ...prepared, words, options: { ...prepared.options, env: { ...prepared.options.env, TMPDIR: there.path, HOME: there.path } } });
    assert.ok(report.resumedTasks > 0);
    assert.deepEqual(there.list(), []);
    await assertComplete(t);
  });

  test('what is there without a journal is refused, and a journal that is none', async (t) => {
    const prepared = await prepare(t);
    await store.put(KEY, Buffer.from('mine'));
    assert.match(failureOf(await runCli(prepared.words, prepared.options), 2), /out\.tif: exists already, give --overwrite/);
    await store.remove(KEY);
    await store.put(JOURNAL, Buffer.from('dear diary\n'));
    assert.match(failureOf(await runCli([...prepared.words, '--overwrite'], prepared.options), 2), /out\.tif\.journal: is no journal of rastq, remove it/);
    assert.deepEqual(await store.uploads(), []);
  });

  test('a journal that cannot be written ends the run, and nothing is left open', async (t) => {
    const { words, options } = await prepare(t, (asked) => (isJournal(asked) ? 503 : undefined));
    assert.match(failureOf(await runCli(words, options), 5), /out\.tif\.journal: cannot write/);
    assert.deepEqual(await store.uploads(), []);
  });
});
