import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { describe, test } from 'node:test';
import { birthOf, lives } from '../../src/io/own-process.js';

const skip = process.platform !== 'linux' && 'only Linux tells processes of one number apart here';
const BORN = birthOf(process.pid);
const DEAD = spawnSync(process.execPath, ['--version']).pid;

describe('whether a process lives', { skip }, () => {
  test('is told by its number and when it began', () => {
    assert.ok(lives(process.pid, BORN));
    assert.ok(lives(process.pid));
    assert.ok(!lives(process.pid, '7'));
    assert.ok(!lives(DEAD));
  });

  test('is told by its number where the system shows no more, as under hidepid', (t) => {
    t.mock.method(fs, 'readFileSync', (path: string) => {
      throw Object.assign(new Error(path), { code: 'ENOENT' });
    });
    syncBuiltinESMExports();
    try {
      assert.ok(lives(process.pid, BORN));
      assert.ok(lives(process.pid, '7'));
      assert.ok(!lives(DEAD, '7'));
    } finally {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    }
  });
});
