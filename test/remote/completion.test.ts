import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixturePath } from '../oracle/support/run.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { errorBody, startFakeStore, type StoreFault } from './support/fake-store.js';

const WORDS = ['normalize', fixturePath('scene.tif'), 's3://bucket/out.tif'];

/** Answers of status 200 to what completes an upload that do not say that the object is there. */
const ANSWERS: readonly (readonly [what: string, body: string, says: RegExp])[] = [
  ['an error', errorBody('InternalError'), /InternalError/],
  ['an error with a line end behind it', `${errorBody('InternalError')}\n`, /200 without saying that the object is complete/],
  ['a page', '<html><body>hello</body></html>', /200 without saying that the object is complete/],
  ['blanks', '  \n', /200 with what cannot be read/],
  ['nothing', '', /InternalError/],
];

describe('an answer of 200 that does not say that an upload is complete', () => {
  for (const [what, body, says] of ANSWERS) {
    test(`${what}, once: it is asked for again`, async (t) => {
      const store = await startFakeStore(t, (asked, n) => (asked === 'complete' && n === 0 ? { status: 200, body } : undefined));
      assertSilentSuccess(await runCli(WORDS, { env: store.env }));
      assert.deepEqual([store.objects(), store.uploads()], [['out.tif'], []]);
    });

    test(`${what}, each time: one line, code 5, nothing is left`, async (t) => {
      const store = await startFakeStore(t, (asked) => (asked === 'complete' ? { status: 200, body } : undefined));
      const message = failureOf(await runCli([...WORDS, '--retries', '1'], { env: store.env }), 5);
      assert.match(message, /^s3:\/\/bucket\/out\.tif: cannot complete the upload: the store answered .*, 2 times; --retries sets how often it is tried again$/);
      assert.match(message, says);
      assert.deepEqual([store.objects(), store.uploads()], [[], []]);
    });

    test(`${what}, where the object is there: it is complete`, async (t) => {
      const fault: StoreFault = { status: 200, body, isDone: true };
      const store = await startFakeStore(t, (asked, n) => (asked === 'complete' && n === 0 ? fault : undefined));
      assertSilentSuccess(await runCli(WORDS, { env: store.env }));
      assert.deepEqual([store.objects(), store.uploads()], [['out.tif'], []]);
    });
  }
});

describe('a store that knows no conditions', () => {
  test('is asked without one, which is no try more', async (t) => {
    const store = await startFakeStore(t, (asked, n) => (asked === 'complete' && n === 0 ? { status: 501, body: errorBody('NotImplemented') } : undefined));
    assertSilentSuccess(await runCli([...WORDS, '--retries', '0'], { env: store.env }));
    assert.deepEqual([store.objects(), store.uploads()], [['out.tif'], []]);
  });

  test('nor does it know what is asked without: code 5, nothing is left', async (t) => {
    const store = await startFakeStore(t, (asked) => (asked === 'complete' ? { status: 501, body: errorBody('NotImplemented') } : undefined));
    assert.match(failureOf(await runCli(WORDS, { env: store.env }), 5), /^s3:\/\/bucket\/out\.tif: cannot complete the upload: no \(NotImplemented, 501\)$/);
    assert.deepEqual([store.objects(), store.uploads()], [[], []]);
  });
});
