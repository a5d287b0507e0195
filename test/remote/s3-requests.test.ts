import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { fixturePath } from '../oracle/support/run.js';
import { failureOf, runCli } from '../support/cli.js';
import { preload } from '../support/faults.js';
import { Folder } from '../support/folder.js';
import { serveBytes } from './support/fault-server.js';

const scene = new Uint8Array(readFileSync(fixturePath('scene.tif')));
const KEYS = { AWS_ACCESS_KEY_ID: 'OWNKEY', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: undefined };
/** Who signs, and for which region. */
const SIGNER = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d+\/([^/]+)\/s3\/aws4_request,/;

interface Case {
  readonly what: string;
  readonly words?: readonly string[];
  /** Of the endpoint. */
  readonly env: (endpoint: string, folder: Folder) => NodeJS.ProcessEnv;
  /** Who signs for which region; null: nobody does. */
  readonly signer: readonly [key: string, region: string] | null;
  readonly payer?: 'requester';
}

const CASES: readonly Case[] = [
  { what: 'by variables', env: (AWS_ENDPOINT_URL) => ({ ...KEYS, AWS_ENDPOINT_URL, AWS_REGION: 'eu-central-1' }), signer: ['OWNKEY', 'eu-central-1'] },
  { what: 'the region by an option', words: ['--s3-region', 'us-west-2'], env: (AWS_ENDPOINT_URL) => ({ ...KEYS, AWS_ENDPOINT_URL, AWS_REGION: 'eu-central-1' }), signer: ['OWNKEY', 'us-west-2'] },
  { what: 'requester pays', words: ['--s3-requester-pays'], env: (AWS_ENDPOINT_URL) => ({ ...KEYS, AWS_ENDPOINT_URL, AWS_REGION: 'eu-central-1' }), signer: ['OWNKEY', 'eu-central-1'], payer: 'requester' },
  { what: 'unsigned', words: ['--s3-unsigned'], env: (AWS_ENDPOINT_URL) => ({ AWS_ENDPOINT_URL, AWS_REGION: 'eu-central-1' }), signer: null },
  { what: 'a store of one\'s own, no region', env: (AWS_ENDPOINT_URL_S3) => ({ ...KEYS, AWS_ENDPOINT_URL_S3 }), signer: ['OWNKEY', 'us-east-1'] },
  {
    what: 'all by a profile',
    env: (endpoint, folder) => {
      // By a name: of an address nobody could make one for each bucket.
      writeFileSync(folder.at('config'), `[profile mine]\nregion = eu-north-1\nendpoint_url = ${endpoint.replace('127.0.0.1', 'localhost')}\n`);
      writeFileSync(folder.at('credentials'), '[mine]\naws_access_key_id = PROFILEKEY\naws_secret_access_key = other\n');
      return { AWS_PROFILE: 'mine', AWS_CONFIG_FILE: folder.at('config'), AWS_SHARED_CREDENTIALS_FILE: folder.at('credentials') };
    },
    signer: ['PROFILEKEY', 'eu-north-1'],
  },
];

/** Nothing of whoever runs the tests. */
const NOBODY = Object.fromEntries(Object.keys(process.env).filter((name) => name.startsWith('AWS_')).map((name) => [name, undefined]));

describe('how S3 is asked', () => {
  for (const { what, words = [], env, signer, payer } of CASES) {
    test(what, async (t) => {
      const folder = new Folder(t);
      const served = await serveBytes(t, scene);
      const { origin } = new URL(served.url);
      const result = await runCli(['info', 's3://bucket/a/in.tif', ...words], { env: { ...NOBODY, AWS_EC2_METADATA_DISABLED: 'true', ...env(origin, folder) } });
      assert.equal(result.code, 0, result.stderr);
      assert.ok(served.asked.length > 0);
      for (const { method, url, headers } of served.asked) {
        assert.equal(`${method!} ${url!.replace(/\?.*/, '')}`, 'GET /bucket/a/in.tif');
        assert.deepEqual(signer, headers.authorization === undefined ? null : SIGNER.exec(headers.authorization)?.slice(1));
        assert.equal(headers['x-amz-request-payer'], payer);
      }
    });
  }

  test('by variables, for a user that has no home folder', async (t) => {
    const served = await serveBytes(t, scene);
    const env = { ...NOBODY, ...KEYS, ...preload('homeless-preload.js'), HOME: undefined, AWS_ENDPOINT_URL: new URL(served.url).origin };
    const result = await runCli(['info', 's3://bucket/in.tif', '--retries', '0'], { env });
    assert.equal(result.code, 0, result.stderr);
    assert.ok(served.asked.every(({ headers }) => headers.authorization?.includes('Credential=OWNKEY/')));
  });

  test('without keys, for a user that has no home folder: there are none, which is not tried again', async (t) => {
    const served = await serveBytes(t, scene);
    const env = { ...NOBODY, ...preload('homeless-preload.js'), HOME: undefined, AWS_EC2_METADATA_DISABLED: 'true', AWS_ENDPOINT_URL: new URL(served.url).origin };
    assert.match(failureOf(await runCli(['info', 's3://bucket/in.tif'], { env }), 5), /no credentials: set AWS_ACCESS_KEY_ID/);
    assert.equal(served.asked.length, 0);
  });

  test('an endpoint by an option, which has the last word', async (t) => {
    const served = await serveBytes(t, scene);
    const env = { ...NOBODY, ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const result = await runCli(['info', 's3://bucket/in.tif', '--s3-endpoint', new URL(served.url).origin], { env });
    assert.equal(result.code, 0, result.stderr);
    assert.ok(served.asked.every(({ url }) => url!.startsWith('/bucket/in.tif')));
  });
});

describe('what cannot be asked at all is refused at once', () => {
  const wanted = 'wanted a URL as in https://HOST:PORT, got';
  for (const [endpoint, got] of [['garbage', 'garbage'], ['http://', 'http://'], ['127.0.0.1:80', '127.0.0.1:80'], ['ftp://me:secret@x', 'x'], ['', 'nothing']] as const) {
    test(`an endpoint: '${endpoint}'`, async () => {
      const result = await runCli(['info', 's3://bucket/in.tif', '--s3-endpoint', endpoint], { env: { ...NOBODY, ...KEYS } });
      assert.equal(failureOf(result, 2), `rastq: --s3-endpoint: ${wanted} ${got}`);
    });
  }

  test('an endpoint by a variable; an empty one is none', async (t) => {
    const result = await runCli(['info', 's3://bucket/in.tif'], { env: { ...NOBODY, ...KEYS, AWS_ENDPOINT_URL_S3: '', AWS_ENDPOINT_URL: 'garbage' } });
    assert.equal(failureOf(result, 2), `rastq: AWS_ENDPOINT_URL: ${wanted} garbage`);
    const { url } = await serveBytes(t, scene);
    const read = await runCli(['info', 's3://bucket/in.tif'], { env: { ...NOBODY, ...KEYS, AWS_ENDPOINT_URL_S3: '', AWS_ENDPOINT_URL: new URL(url).origin } });
    assert.equal(read.code, 0, read.stderr);
  });

  test('an endpoint of a profile', async (t) => {
    const folder = new Folder(t);
    writeFileSync(folder.at('config'), '[profile mine]\nregion = eu-north-1\nendpoint_url = ftp://me:secret@x\naws_access_key_id = A\naws_secret_access_key = b\n');
    const result = await runCli(['info', 's3://bucket/in.tif'], { env: { ...NOBODY, ...KEYS, AWS_PROFILE: 'mine', AWS_CONFIG_FILE: folder.at('config') } });
    assert.doesNotMatch(failureOf(result, 2), /secret/);
  });

  for (const [location, words] of [['s3://arn:aws:s3:::bucket/in.tif', []], ['s3://bucket/in.tif', ['--s3-region', 'no such']]] as const) {
    test([location, ...words].join(' '), async (t) => {
      const env = { ...NOBODY, ...KEYS, AWS_REGION: 'eu-central-1' };
      assert.match(failureOf(await runCli(['info', location, ...words], { env }), 2), /^rastq: s3:\S+: cannot open: look at the bucket, the region/);
      const output = new Folder(t).at('out.tif');
      assert.match(failureOf(await runCli(['normalize', location, output, ...words], { env }), 2), /^s3:/);
      assert.match(failureOf(await runCli(['normalize', fixturePath('scene.tif'), location, ...words], { env }), 2), /^s3:/);
    });
  }
});

/** A store that gives its answers whatever it is asked; its URL. */
async function serveStore(t: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const saying = (code: string): string => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;

describe('what a store refuses', () => {
  test('a bucket in another region: which one, for an output too, whose place is asked for without words', async (t) => {
    const folder = new Folder(t);
    const store = await serveStore(t, ({ method }, response) => {
      response.writeHead(301, { 'x-amz-bucket-region': 'eu-west-1' });
      response.end(method === 'HEAD' ? '' : saying('PermanentRedirect'));
    });
    for (const words of [['s3://bucket/in.tif', folder.at('out.tif')], [fixturePath('scene.tif'), 's3://bucket/out.tif']]) {
      const result = await runCli(['normalize', ...words], { env: { ...NOBODY, ...KEYS, AWS_ENDPOINT_URL: store } });
      assert.match(failureOf(result, 5), /: the bucket is in another region: give --s3-region eu-west-1 \(\w+, 301\)$/);
    }
  });

  test('a part, on a condition: nothing was replaced', async (t) => {
    const store = await serveStore(t, ({ method }, response) => {
      if (method === 'POST') response.end('<?xml version="1.0"?><InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
      else if (method === 'PUT') response.writeHead(412).end(saying('PreconditionFailed'));
      else response.writeHead(404).end(method === 'HEAD' ? '' : saying('NoSuchUpload'));
    });
    const result = await runCli(['normalize', fixturePath('scene.tif'), 's3://bucket/out.tif'], { env: { ...NOBODY, ...KEYS, AWS_ENDPOINT_URL: store } });
    assert.match(failureOf(result, 5), /^s3:\/\/bucket\/out\.tif: cannot upload part 1: no \(PreconditionFailed, 412\)$/);
  });
});
