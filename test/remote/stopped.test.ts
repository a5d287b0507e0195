import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { STANDARD_ACCESS } from '../../src/io/access.js';
import { planRequest, run } from '../../src/index.js';
import { fixturePath } from '../oracle/support/run.js';
import { until } from '../support/children.js';

const OUT = 's3://bucket/out.tif';

/** A store where nothing is, that no longer answers from a request of this kind on. */
async function serveStalled(t: TestContext, stalls: (request: IncomingMessage) => boolean) {
  const state = { isStalled: false };
  const server = createServer((request, response) => {
    state.isStalled ||= stalls(request);
    if (state.isStalled) return;
    response.writeHead(404);
    response.end(request.method === 'HEAD' ? '' : '<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>no</Message></Error>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { state, access: { ...STANDARD_ACCESS, retries: 0, s3: { ...STANDARD_ACCESS.s3, endpoint, region: 'us-east-1', unsigned: true } } };
}

describe('a signal stops a run at whose beginning a store no longer answers', () => {
  const cases = [
    ['to a journal', { resume: true }, ({ method }: IncomingMessage) => method === 'GET', false],
    ['to a look at the object', { resume: true }, ({ method }: IncomingMessage) => method === 'HEAD', false],
    ['to the beginning of an upload that is kept', { resume: true }, ({ method }: IncomingMessage) => method === 'POST', true],
    ['to the beginning of an upload', { pool: 'threads', workers: 1 }, ({ method }: IncomingMessage) => method === 'POST', true],
    ['to the beginning of an upload of this thread', { pool: 'inline' }, ({ method }: IncomingMessage) => method === 'POST', true],
  ] as const;
  for (const [what, settings, stalls, isBegun] of cases) {
    test(what, async (t) => {
      const { state, access } = await serveStalled(t, stalls);
      const planned = await planRequest({ input: fixturePath('scene.tif'), output: OUT, steps: [{ operation: 'normalize' }], resume: 'resume' in settings, access });
      const controller = new AbortController();
      const running = run(planned, { ...settings, access, signal: controller.signal });
      running.catch(() => undefined);
      await until('the store no longer answers', () => state.isStalled);
      const started = performance.now();
      // The standard reason: a DOMException.
      controller.abort();
      const reason = controller.signal.reason as Error;
      await assert.rejects(running, (error) => error === reason);
      assert.ok(performance.now() - started < 10_000, `${performance.now() - started} ms`);
      // What the store was asked for last may be done.
      assert.equal(/; s3:\S+: an upload may have been begun .*--bucket bucket --prefix out\.tif$/.test(reason.message), isBegun, reason.message);
    });
  }
});
