import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { IoError } from '../../src/errors.js';
import { STANDARD_ACCESS } from '../../src/io/access.js';
import { HttpRangeClient } from '../../src/io/http-client.js';
import { Pieces } from '../../src/io/pieces.js';
import { TransientError } from '../../src/io/retry.js';

const NEVER = new AbortController().signal;
const RANGE = { position: 0, length: 3 };

/** A server, where it is, and what it was asked for. */
async function serve(t: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url!);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = (): void => {
    server.close();
    server.closeAllConnections();
  };
  t.after(end);
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, end };
}

function open(t: TestContext, location: string) {
  const client = new HttpRangeClient(location, STANDARD_ACCESS);
  t.after(() => client.close());
  /** What one request brings. */
  const read = async (): Promise<string> => {
    const { body, length } = await client.request(RANGE, undefined, NEVER);
    const into = new Uint8Array(length);
    await body.receive(new Pieces([into]), () => undefined);
    return Buffer.from(into).toString();
  };
  return { read };
}

const send = (response: ServerResponse, text: string): void => void response.writeHead(206, { 'content-range': 'bytes 0-2/3', 'content-length': 3, etag: '"1"' }).end(text);
const refuse = (response: ServerResponse, status: number): void => void response.writeHead(status, { 'content-length': 0 }).end();
const redirect = (response: ServerResponse, location: string): void => void response.writeHead(302, { location, 'content-length': 0 }).end();

/** Has things done when so many have come. */
function together(count: number): (act: () => void) => void {
  const waiting: (() => void)[] = [];
  return (act) => {
    if (waiting.push(act) === count) for (const one of waiting.splice(0)) one();
  };
}

describe('redirections, with several requests under way', () => {
  for (const status of [400, 403]) {
    test(`a signed place that expires, by ${status}, is asked for anew by each of them`, async (t) => {
      let place = 0;
      const three = together(3);
      const { origin } = await serve(t, ({ url }, response) => {
        if (url === '/in.tif') redirect(response, `/signed/${place}`);
        else if (url === `/signed/${place}`) send(response, 'abc');
        else three(() => refuse(response, status));
      });
      const { read } = open(t, `${origin}/in.tif`);
      assert.equal(await read(), 'abc');
      place++;
      assert.deepEqual(await Promise.all([read(), read(), read()]), ['abc', 'abc', 'abc']);
    });
  }

  test('a relative place is seen from the one that named it', async (t) => {
    const three = together(3);
    const { origin } = await serve(t, ({ url }, response) => {
      if (url === '/a/in.tif') three(() => redirect(response, 'deep/in.tif'));
      else if (url === '/a/deep/in.tif') send(response, 'abc');
      else refuse(response, 404);
    });
    const { read } = open(t, `${origin}/a/in.tif`);
    assert.deepEqual(await Promise.all([read(), read(), read()]), ['abc', 'abc', 'abc']);
  });

  test('a password goes to the host that it was given for, and to no other', async (t) => {
    const three = together(3);
    let count = 0;
    const sent: (readonly [string, string | undefined])[] = [];
    const { origin } = await serve(t, ({ url, headers }, response) => {
      if (url !== '/in.tif') {
        sent.push([url!, headers.authorization]);
        send(response, 'abc');
        return;
      }
      const own = count++ % 2 === 1;
      three(() => redirect(response, own ? '/own' : `${origin.replace('127.0.0.1', 'localhost')}/other`));
    });
    const { read } = open(t, `${origin.replace('//', '//me:secret@')}/in.tif`);
    assert.deepEqual(await Promise.all([read(), read(), read()]), ['abc', 'abc', 'abc']);
    const login = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    assert.deepEqual(sent.sort(), [['/other', undefined], ['/other', undefined], ['/own', login]]);
  });
});

describe('where a redirection leads', () => {
  test('a place that dies is left: the next try asks the first URL', async (t) => {
    const nodes = [await serve(t, (_, response) => send(response, 'abc')), await serve(t, (_, response) => send(response, 'def'))];
    let node = 0;
    const front = await serve(t, (_, response) => redirect(response, `${nodes[node].origin}/x`));
    const { read } = open(t, `${front.origin}/in.tif`);
    assert.equal(await read(), 'abc');
    nodes[node++].end();
    await assert.rejects(read(), TransientError);
    assert.equal(await read(), 'def');
    assert.equal(await read(), 'def');
    assert.equal(front.asked.length, 2);
  });

  test('so is one that answers with a passing fault', async (t) => {
    const nodes = [await serve(t, (_, response) => refuse(response, 503)), await serve(t, (_, response) => send(response, 'def'))];
    let node = 0;
    const front = await serve(t, (_, response) => redirect(response, `${nodes[node++].origin}/x`));
    const { read } = open(t, `${front.origin}/in.tif`);
    await assert.rejects(read(), TransientError);
    assert.equal(await read(), 'def');
  });

  test('what is not there is asked for once', async (t) => {
    const { origin, asked } = await serve(t, ({ url }, response) => (url === '/in.tif' ? redirect(response, '/none') : refuse(response, 404)));
    await assert.rejects(open(t, `${origin}/in.tif`).read(), (error: Error & { code?: string }) => error.code === 'ENOENT' && /404 Not Found: there is no such file/.test(error.message));
    assert.deepEqual(asked, ['/in.tif', '/none']);
  });

  test('a place that cannot be asked is refused at once', async (t) => {
    const { origin } = await serve(t, (_, response) => redirect(response, 'http://m%e:pw@localhost/x'));
    await assert.rejects(open(t, `${origin}/in.tif`).read(), (error) => error instanceof IoError && /cannot open: URI malformed/.test(error.message));
  });

  test('a circle is left', async (t) => {
    const { origin } = await serve(t, (_, response) => redirect(response, '/in.tif'));
    await assert.rejects(open(t, `${origin}/in.tif`).read(), /redirected more than 5 times/);
  });
});

test('a server that is busy says how long, in seconds or by a date', async (t) => {
  let header = '';
  const { origin } = await serve(t, (_, response) => void response.writeHead(429, { 'retry-after': header, 'content-length': 0 }).end());
  const { read } = open(t, `${origin}/in.tif`);
  const cases = [['7', 7000, 7000], [new Date(Date.now() + 60_000).toUTCString(), 50_000, 60_000], [new Date(0).toUTCString(), 0, 0], ['-1', 0, 0], ['soon', 0, 0]] as const;
  for (const [text, least, most] of cases) {
    header = text;
    await assert.rejects(read(), (error) => error instanceof TransientError && error.pauseMs >= least && error.pauseMs <= most, text);
  }
});
