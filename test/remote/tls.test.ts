import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { fixturePath } from '../oracle/support/run.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { serveBytes } from './support/fault-server.js';

const SCENE = fixturePath('scene.tif');
const skip = process.env['RASTQ_REQUIRE_SERVERS'] === undefined && spawnSync('openssl', ['version']).status !== 0 && 'openssl is not installed: test/remote/servers.sh install';

/** A server with a certificate that it has signed itself. */
async function serveByTls(t: TestContext, subject: string) {
  const folder = new Folder(t);
  const [key, cert] = [folder.at('key.pem'), folder.at('cert.pem')];
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=rastq', '-addext', `subjectAltName=${subject}`, '-keyout', key, '-out', cert];
  const { status, stderr } = spawnSync('openssl', words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { url } = await serveBytes(t, new Uint8Array(readFileSync(SCENE)), { tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } });
  return { url, cert };
}

describe('https', { skip }, () => {
  test('a server whose certificate is trusted: the same bytes', async (t) => {
    const folder = new Folder(t);
    const { url, cert } = await serveByTls(t, 'IP:127.0.0.1');
    assertSilentSuccess(await runCli(['normalize', SCENE, folder.at('local.tif')]));
    assertSilentSuccess(await runCli(['normalize', url, folder.at('out.tif')], { env: { NODE_EXTRA_CA_CERTS: cert } }));
    assert.ok(folder.read('out.tif').equals(folder.read('local.tif')));
  });

  const REFUSED: readonly (readonly [what: string, subject: string, isTrusted: boolean, says: RegExp])[] = [
    ['a certificate that nobody trusts', 'IP:127.0.0.1', false, /its certificate is signed by itself: .*NODE_EXTRA_CA_CERTS/],
    ['a certificate of another host', 'DNS:elsewhere.invalid', true, /its certificate is for another host/],
  ];
  for (const [what, subject, isTrusted, says] of REFUSED) {
    test(`${what}: code 5, at once`, async (t) => {
      const folder = new Folder(t);
      const { url, cert } = await serveByTls(t, subject);
      const env = isTrusted ? { NODE_EXTRA_CA_CERTS: cert } : {};
      assert.match(failureOf(await runCli(['normalize', url, folder.at('out.tif')], { env }), 5), says);
      assert.deepEqual(folder.list(), []);
    });
  }
});
