import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import convolve from '../../src/ops/convolve.js';
import { Folder } from '../support/folder.js';

test('a kernel is taken as rows of weights, as JSON and from a file of it', (t) => {
  const folder = new Folder(t);
  writeFileSync(folder.at('kernel.json'), '[[0, -1.5, 0], [1e3, 4, -1], [0, 1, 0]]\n');
  writeFileSync(folder.at('marked.json'), '\uFEFF[[0, -1.5, 0], [1e3, 4, -1], [0, 1, 0]]\n');
  for (const text of ['0 -1.5 0; 1e3 4 -1; 0 1 0', '0,-1.5,0;1e3, 4 ,-1;0,1,0', ' [[0, -1.5, 0], [1000, 4, -1], [0, 1, 0]]', folder.at('kernel.json'), folder.at('marked.json')]) {
    assert.deepEqual(convolve.params.kernel.parse(text), [[0, -1.5, 0], [1000, 4, -1], [0, 1, 0]], text);
  }
});
