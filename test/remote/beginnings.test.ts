import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRaster } from '../../src/index.js';
import { STANDARD_ACCESS } from '../../src/io/access.js';
import { fixturePath } from '../oracle/support/run.js';
import { until } from '../support/children.js';
import { assertSilentSuccess, failureOf, onlyLine, runCli, startCli } from '../support/cli.js';
import { withPatience } from '../support/faults.js';
import { errorBody, refused, startFakeStore, type StoreFault, type StoreFaults } from './support/fake-store.js';

const OUT = 's3://bucket/out.tif';
const WORDS = ['normalize', fixturePath('scene.tif'), OUT];
const MAY_BE = /; s3:\S+: an upload may have been begun and be left open .*list-multipart-uploads --bucket bucket --prefix out\.tif$/;

const firstBeginning = (fault: StoreFault): StoreFaults => (what, n) => (what === 'begin' && n === 0 ? fault : undefined);

describe('the beginning of an upload that is answered as if it had failed', () => {
  for (const [status, body] of [[500, errorBody('InternalError')], [502, '<html/>'], [504, '<html/>'], [200, '  ']] as const) {
    const done: StoreFault = { status, body, isDone: true };

    test(`${status} where it was done: a run that begins another names it`, async (t) => {
      const store = await startFakeStore(t, firstBeginning(done));
      const { code, stderr } = await runCli(WORDS, { env: store.env });
      assert.equal(code, 0, stderr);
      assert.match(onlyLine(stderr), /abort-multipart-upload --bucket bucket --key out\.tif --upload-id upload-1"/);
      assert.deepEqual(store.uploads(), ['upload-1']);
    });

    test(`${status}, the last time: the line says that one may be open`, async (t) => {
      const store = await startFakeStore(t, firstBeginning(done));
      assert.match(failureOf(await runCli([...WORDS, '--retries', '0'], { env: store.env }), 5), MAY_BE);
    });
  }

  test('200 without an id: the line says that one may be open', async (t) => {
    const store = await startFakeStore(t, firstBeginning({ status: 200, isDone: true }));
    const message = failureOf(await runCli(WORDS, { env: store.env }), 5);
    assert.match(message, /cannot begin an upload: the store gave it no id; /);
    assert.match(message, MAY_BE);
  });

  for (const [status, code] of [[503, 'SlowDown'], [429, 'SlowDown']] as const) {
    test(`${status} is a refusal: nobody is asked for other uploads`, async (t) => {
      const store = await startFakeStore(t, firstBeginning({ status, body: errorBody(code) }));
      assertSilentSuccess(await runCli(WORDS, { env: store.env }));
      assert.ok(!store.asked.includes('list uploads'));
    });
  }
});

describe('what a lost beginning left is told by a run that goes on and then fails', () => {
  const LOST = /; s3:\S+: upload upload-1 may be left open .*--upload-id upload-1$/;
  const andThen = (fault: StoreFault): StoreFaults => (what, n) => (what === 'begin' && n === 0 ? 'lose the answer' : what === 'part' ? fault : undefined);

  for (const [how, more, open] of [['', [], ['upload-1']], [' with --resume', ['--resume'], ['upload-1', 'upload-2']]] as const) {
    test(`a part is refused${how}`, async (t) => {
      const store = await startFakeStore(t, andThen(refused));
      const message = failureOf(await runCli([...WORDS, ...more], { env: store.env }), 5);
      assert.match(message, /cannot upload part 1: no permission/);
      assert.match(message, LOST);
      assert.deepEqual(store.uploads(), open);
    });

    test(`SIGTERM while a part goes up${how}`, async (t) => {
      const store = await startFakeStore(t, andThen('stall'));
      const run = startCli([...WORDS, ...more], { env: withPatience(store.env) });
      await until('a part goes up', () => store.asked.includes('part'), run.hasEnded);
      run.kill('SIGTERM');
      const message = failureOf(await run.ended, 143);
      assert.match(message, LOST);
      assert.equal(message.includes('keeps what is done'), how !== '');
    });

    test(`SIGTERM while a part goes up to a store that no longer answers${how}`, async (t) => {
      const store = await startFakeStore(t, (what, n) => (what === 'abort' ? 'stall' : andThen('stall')(what, n)));
      const run = startCli([...WORDS, ...more], { env: store.env });
      await until('a part goes up', () => store.asked.includes('part'), run.hasEnded);
      run.kill('SIGTERM');
      const message = failureOf(await run.ended, 143);
      assert.match(message, LOST);
      assert.match(message, /upload-2/);
    });
  }

  test('the library\'s createRaster, as it is closed', async (t) => {
    const store = await startFakeStore(t, andThen(refused));
    const s3 = { ...STANDARD_ACCESS.s3, endpoint: store.env['AWS_ENDPOINT_URL']!, region: 'us-east-1', unsigned: true };
    const raster = await createRaster(OUT, { width: 8, height: 8, bands: 1, dtype: 'uint8', access: { ...STANDARD_ACCESS, s3 } });
    await assert.rejects(raster.close(), { message: LOST });
  });
});

describe('an upload whose journal is not written', () => {
  test('and that cannot be ended is named', async (t) => {
    const store = await startFakeStore(t, (what) => (what === 'put' || what === 'abort' ? refused : undefined));
    const message = failureOf(await runCli([...WORDS, '--resume'], { env: store.env }), 5);
    assert.match(message, /^s3:\/\/bucket\/out\.tif\.journal: cannot write: no permission: .*; s3:\S+: upload upload-1 may be left open .*--upload-id upload-1$/);
  });

  test('is ended by a signal', async (t) => {
    const store = await startFakeStore(t, (what) => (what === 'put' ? 'stall' : undefined));
    const run = startCli([...WORDS, '--resume'], { env: withPatience(store.env) });
    await until('the journal is written', () => store.asked.includes('put'), run.hasEnded);
    run.kill('SIGTERM');
    assert.equal(failureOf(await run.ended, 143), 'stopped by SIGTERM');
    assert.deepEqual(store.uploads(), []);
  });

  test('and that a store does not answer to the end of is named after a signal, and not said to be kept', async (t) => {
    const store = await startFakeStore(t, (what) => (what === 'put' || what === 'abort' ? 'stall' : undefined));
    const run = startCli([...WORDS, '--resume'], { env: store.env });
    await until('the journal is written', () => store.asked.includes('put'), run.hasEnded);
    run.kill('SIGTERM');
    assert.match(failureOf(await run.ended, 143), /stopped by SIGTERM; s3:\S+: upload upload-1 may be left open .*--upload-id upload-1$/);
  });
});
