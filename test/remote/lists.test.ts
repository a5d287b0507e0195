import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixturePath } from '../oracle/support/run.js';
import { failureOf, runCli } from '../support/cli.js';
import { refused, startFakeStore } from './support/fake-store.js';

const WORDS = ['normalize', fixturePath('scene.tif'), 's3://bucket/out.tif', '--resume'];

for (const [what, next] of [['whose next page is the same one', '<NextPartNumberMarker>1</NextPartNumberMarker>'], ['that does not say where it goes on', '']] as const) {
  test(`a list of parts ${what} is an error`, async (t) => {
    const body = `<ListPartsResult><IsTruncated>true</IsTruncated>${next}</ListPartsResult>`;
    const store = await startFakeStore(t, (asked, n) => (asked === 'part' && n === 0 ? refused : asked === 'list parts' ? { status: 200, body } : undefined));
    failureOf(await runCli(WORDS, { env: store.env }), 5);
    const message = failureOf(await runCli(WORDS, { env: store.env }), 5);
    assert.equal(message, 's3://bucket/out.tif: cannot list the parts of its upload: the store says that there are more, and not from which on');
  });
}
