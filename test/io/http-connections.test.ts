import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { STANDARD_ACCESS } from '../../src/io/access.js';
import { HttpRangeClient } from '../../src/io/http-client.js';
import { HttpConnections } from '../../src/io/http-connections.js';
import { parseHttpHead } from '../../src/io/http-head.js';
import { Pieces } from '../../src/io/pieces.js';
import { TransientError } from '../../src/io/retry.js';

const NEVER = new AbortController().signal;
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * i * 31 + (i >> 8)) & 255);
const headOf = (length: number, more = ''): string => `HTTP/1.1 206 Partial Content\r\nContent-Length: ${length}\r\n${more}\r\n`;

/** A server that answers each request, by its number, with bytes as they are; what it is asked, and by how many connections. */
async function serve(t: TestContext, answer: (socket: Socket, n: number) => void) {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (!text.endsWith('\r\n\r\n')) return;
      asked.push(text);
      text = '';
      answer(socket, asked.length - 1);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connections = new HttpConnections();
  t.after(() => {
    connections.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a%20file.tif?key=1`);
  return { url, connections, asked, sockets };
}

/** Asks once and receives so many bytes. */
async function receive({ url, connections }: { readonly url: URL; readonly connections: HttpConnections }, length: number) {
  const answer = await connections.get(url, { range: `bytes=0-${length - 1}` }, NEVER);
  const into = new Uint8Array(length);
  let counted = 0;
  const cut = Math.floor(length / 3);
  await answer.receive(new Pieces([into.subarray(0, cut), into.subarray(cut, cut), into.subarray(cut)]), (count) => (counted += count));
  assert.equal(counted, length);
  return into;
}

describe('connections of our own', () => {
  test('bodies are where they belong, however they come in pieces, over one connection', async (t) => {
    const body = noise(300_000);
    let cuts: readonly number[] = [];
    const served = await serve(t, (socket) => {
      const all = Buffer.concat([Buffer.from(headOf(body.length)), body]);
      let from = 0;
      const next = (): void => {
        const to = cuts.find((cut) => cut > from) ?? all.length;
        socket.write(all.subarray(from, to));
        from = to;
        if (from < all.length) setImmediate(next);
      };
      next();
    });
    const places = fc.uniqueArray(fc.oneof(fc.nat(120), fc.nat(body.length)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(places, async (at) => {
        cuts = at.sort((a, b) => a - b);
        assert.deepEqual(Buffer.compare(await receive(served, body.length), body), 0);
      }),
      { numRuns: 60 },
    );
    assert.equal(served.sockets.size, 1);
    assert.match(served.asked[0], /^GET \/a%20file\.tif\?key=1 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\nrange: bytes=0-299999\r\nconnection: keep-alive\r\n\r\n$/);
  });

  test('several at one time, each over its own', async (t) => {
    const served = await serve(t, (socket, n) => void setTimeout(() => socket.write(Buffer.concat([Buffer.from(headOf(1000)), new Uint8Array(1000).fill(n)])), 20 - n));
    const bodies = await Promise.all(Array.from({ length: 8 }, () => receive(served, 1000)));
    assert.equal(served.sockets.size, 8);
    assert.deepEqual(bodies.map(([first]) => first).sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
    for (const body of bodies) assert.ok(body.every((byte) => byte === body[0]));
  });

  test('a name and a password are sent', async (t) => {
    const served = await serve(t, (socket) => socket.write(headOf(0)));
    served.url.username = 'me';
    served.url.password = 'a:b%20ü';
    await receive(served, 0);
    const [, sent] = /authorization: Basic (\S+)/.exec(served.asked[0])!;
    assert.equal(Buffer.from(sent, 'base64').toString(), 'me:a:b ü');
  });

  test('one that the other side has closed meanwhile is replaced', async (t) => {
    const served = await serve(t, (socket, n) => {
      // The second request comes over the first connection, which is closed just then.
      if (n === 1) socket.destroy();
      else socket.write(headOf(3) + 'abc');
    });
    for (let i = 0; i < 3; i++) assert.equal(Buffer.from(await receive(served, 3)).toString(), 'abc');
    assert.equal(served.sockets.size, 2);
    assert.equal(served.asked.length, 4);
  });

  test('one that the answer says is closed serves no more', async (t) => {
    const served = await serve(t, (socket) => socket.write(headOf(3, 'Connection: close\r\n') + 'abc'));
    for (let i = 0; i < 2; i++) await receive(served, 3);
    assert.equal(served.sockets.size, 2);
  });

  test('what only announces an answer is passed over', async (t) => {
    const served = await serve(t, (socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${headOf(3)}abc`));
    assert.equal(Buffer.from(await receive(served, 3)).toString(), 'abc');
  });

  test('a body that came before its connection was closed is whole, one that did not is a passing fault', async (t) => {
    const served = await serve(t, (socket, n) => socket.end(headOf(5) + (['abcde', 'abc', ''][n] ?? 'abcde')));
    for (const isWhole of [true, false, false]) {
      const answer = await served.connections.get(served.url, {}, NEVER);
      const [socket] = [...served.sockets].slice(-1);
      if (!socket.destroyed) await once(socket, 'close');
      // Until this end has heard of it.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const receiving = answer.receive(new Pieces([new Uint8Array(5)]), () => undefined);
      if (isWhole) await receiving;
      else await assert.rejects(receiving, (error) => error instanceof Error);
    }
    const longer = await served.connections.get(served.url, {}, NEVER);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(longer.receive(new Pieces([new Uint8Array(3)]), () => undefined), /more than the 3 bytes/);
  });

  const faults: readonly (readonly [string, (socket: Socket) => void, RegExp])[] = [
    ['ends short', (socket) => socket.end(headOf(5) + 'abc'), /closed 2 bytes short of 5/],
    ['says it is shorter', (socket) => socket.write(headOf(3) + 'abc'), /ended 2 bytes short of 5/],
    ['says it is longer', (socket) => socket.write(headOf(9) + 'abc'), /more than the 5 bytes/],
    ['goes on', (socket) => socket.write(headOf(5) + 'abcdef'), /more than it promised/],
  ];
  for (const [what, answer, message] of faults) {
    test(`a body that ${what} is a passing fault`, async (t) => {
      const served = await serve(t, answer);
      await assert.rejects(receive(served, 5), (error) => error instanceof TransientError && message.test(error.message));
    });
  }

  for (const [what, text] of [['no HTTP', 'SSH-2.0-x\r\n\r\n'], ['two lengths', headOf(3, 'Content-Length: 4\r\n')], ['a length and chunks', headOf(3, 'Transfer-Encoding: chunked\r\n')], ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`]] as const) {
    test(`an answer of ${what} is refused`, async (t) => {
      const served = await serve(t, (socket) => socket.write(text));
      await assert.rejects(receive(served, 3), /not of HTTP|more than 16384 bytes/);
    });
  }

  test('a signal ends it, before the answer and while its body comes', async (t) => {
    let answers = false;
    const served = await serve(t, (socket) => answers && socket.write(headOf(5) + 'abc'));
    const [first, second] = [new AbortController(), new AbortController()];
    const asking = served.connections.get(served.url, {}, first.signal);
    first.abort(new Error('stopped'));
    await assert.rejects(asking, /stopped/);
    answers = true;
    const answer = await served.connections.get(served.url, {}, second.signal);
    const receiving = answer.receive(new Pieces([new Uint8Array(5)]), () => undefined);
    second.abort(new Error('stopped'));
    await assert.rejects(receiving, /stopped|short/);
  });
});

test('heads are read as Node reads them', () => {
  const names = fc.constantFrom('ETag', 'etag', 'Content-Range', 'X-a', 'Last-Modified');
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(names, value), { maxLength: 6 }), fc.integer({ min: 200, max: 599 }), (fields, status) => {
      const head = parseHttpHead([`HTTP/1.1 ${status} Words`, ...fields.map(([name, text]) => `${name}:  ${text} `)].join('\r\n'))!;
      assert.equal(head.status, status);
      const wanted = new Map<string, string>();
      for (const [name, text] of fields) {
        const key = name.toLowerCase();
        wanted.set(key, wanted.has(key) ? `${wanted.get(key)}, ${text}` : text);
      }
      assert.deepEqual(Object.entries(head.headers), [...wanted]);
    }),
  );
});

test('a server that sends ranges in chunks is read all the same', async (t) => {
  const body = noise(5000);
  let count = 0;
  const server = http.createServer((_, answer) => {
    count++;
    answer.writeHead(206, { 'content-range': `bytes 0-4999/5000`, etag: '"1"' });
    answer.write(body.subarray(0, 100));
    answer.end(body.subarray(100));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new HttpRangeClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x.tif`, STANDARD_ACCESS);
  t.after(() => {
    client.close();
    server.close();
    server.closeAllConnections();
  });
  for (let i = 0; i < 2; i++) {
    const { body: answer, length } = await client.request({ position: 0, length: 5000 }, undefined, NEVER);
    const into = new Uint8Array(length);
    await answer.receive(new Pieces([into]), () => undefined);
    assert.deepEqual(into, body);
  }
  // The first was asked twice.
  assert.equal(count, 3);
});
