import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { RASTQ } from '../support/cli.js';
import { Folder } from '../support/folder.js';

describe('what the modules of users print goes to standard error', { concurrency: 3 }, () => {
  for (const pool of ['inline', 'threads', 'processes']) {
    test(`${pool}: standard output is the file alone`, (t) => {
      const folder = new Folder(t);
      folder.addFixture('scene.tif');
      writeFileSync(folder.at('loud.mjs'), "console.log('loaded');\nexport const loud = (window) => { console.info('called'); console.table([1]); return window; };\n");
      const run = (output: string) => spawnSync(process.execPath, [RASTQ, 'run', 'in.tif', output, '--op', './loud.mjs:loud', '--pool', pool], { cwd: folder.path });
      assert.equal(run('out.tif').status, 0);
      const { status, stdout, stderr } = run('-');
      assert.equal(status, 0);
      assert.ok(stdout.equals(readFileSync(folder.at('out.tif'))));
      for (const word of ['loaded', 'called', '│']) assert.ok(stderr.includes(word), word);
    });
  }
});
