import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fixturePath } from '../oracle/support/run.js';
import { runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { serveBytes } from './support/fault-server.js';

const scene = new Uint8Array(readFileSync(fixturePath('scene.tif')));
const SECRETS = /PASSWORD|SIGNATURE/;

/** The address with a password and a signature in it. */
function secretive(url: string): string {
  const own = new URL(url);
  [own.username, own.password, own.search] = ['someone', 'PASSWORD', '?X-Amz-Signature=SIGNATURE'];
  return own.href;
}

describe('no output names the password or the query of a URL', () => {
  const runs: readonly [string, number, (url: string, folder: Folder) => string[]][] = [
    ['a run that tells all', 0, (url, folder) => ['normalize', url, folder.at('out.tif'), '--verbose', '--json']],
    ['a report in words', 0, (url, folder) => ['normalize', url, folder.at('out.tif'), '--verbose']],
    ['a plan', 0, (url, folder) => ['normalize', url, folder.at('out.tif'), '--dry-run']],
    ['info', 0, (url) => ['info', url]],
    ['stats', 0, (url) => ['stats', url, '--json']],
    ['an output by http', 3, (url) => ['normalize', fixturePath('scene.tif'), url]],
    ['an output that is the input', 2, (url) => ['normalize', url, url]],
    ['a name that cannot be read', 2, (url) => ['info', url.replace('someone', 'some%one')]],
    ['a password with a slash', 2, (url) => ['info', url.replace('PASS', 'my/PASS')]],
    ['an address that is none', 2, (url, folder) => ['normalize', url.replace(/:\d+/, ':port'), folder.at('out.tif')]],
  ];
  for (const [what, code, words] of runs) {
    test(what, async (t) => {
      const folder = new Folder(t);
      const { url } = await serveBytes(t, scene);
      const result = await runCli(words(secretive(url), folder));
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stdout + result.stderr, /127\.0\.0\.1/);
      assert.doesNotMatch(result.stdout + result.stderr, SECRETS);
    });
  }

  for (const fault of ['drop', 'truncate', 'wrong range', 503] as const) {
    test(`${fault}, with the stack`, async (t) => {
      const folder = new Folder(t);
      const { url } = await serveBytes(t, scene, { fault: (n) => (n === 0 ? undefined : fault) });
      const result = await runCli(['normalize', secretive(url), folder.at('out.tif'), '--retries', '0', '--verbose']);
      assert.equal(result.code, 5);
      assert.doesNotMatch(result.stdout + result.stderr, SECRETS);
    });
  }
});
