import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCli } from './support/cli.js';
import { Folder } from './support/folder.js';

const ROOT = new URL('../../', import.meta.url);
const PAGE = readFileSync(new URL('docs/reliability.md', ROOT), 'utf8');
const isThere = (name: string): boolean => existsSync(fileURLToPath(new URL(name, ROOT)));
const SCRIPTS = Object.keys((JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { scripts: object }).scripts);

describe('each promise of docs/reliability.md names what holds it, and that is there', () => {
  const [, , ...rows] = PAGE.slice(PAGE.indexOf('| promise |'), PAGE.indexOf('\n\n', PAGE.indexOf('| promise |'))).split('\n');
  test('there are many', () => assert.ok(rows.length > 15));
  for (const row of rows) {
    const [, promise, holds] = row.split(/ ?\| ?/);
    test(promise, () => {
      const named = [...holds.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
      const tests = named.filter((name) => /^(test\/|\.ci\/|npm run )/.test(name));
      assert.ok(tests.length > 0, holds);
      for (const name of tests) {
        const script = /^npm run (\w+)/.exec(name)?.[1];
        assert.ok(script === undefined ? isThere(name) || isThere(`${name}.test.ts`) : SCRIPTS.includes(script), name);
      }
    });
  }
});

test("the cron line's command is one that rastq takes", async (t) => {
  const [, command, output, words] = /rastq (\w+) s3:\S+ (\/\S+) ([^\n]*--resume[^\n]*)$/m.exec(PAGE)!;
  const folder = new Folder(t);
  folder.addFixture('uint8-full-range.tif');
  assert.ok(output.startsWith('/'));
  // Twice, as cron does it.
  for (let i = 0; i < 2; i++) {
    const { code, stdout, stderr } = await runCli([command, 'in.tif', 'out.tif', ...words.trim().split(/\s+/)], { cwd: folder.path });
    assert.deepEqual([code, stdout, stderr], [0, '', ''], 'cron has nothing to mail');
  }
  assert.deepEqual(folder.list(), ['in.tif', 'out.tif', 'out.tif.journal']);
});
