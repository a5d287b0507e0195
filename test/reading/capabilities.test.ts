import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { type Matrix, packedMatrix, PLAIN, readMatrix, writeMatrix } from './capabilities.js';
import { codecTable, matrixTable, refusalTables, withTables } from './capabilities-page.js';
import { findRefusals, type Refusals } from './refusals.js';
import { temporaryFolder } from './support.js';

const PAGE = new URL('../../../docs/capabilities.md', import.meta.url);

describe('capabilities', () => {
  const folder = temporaryFolder();
  let read: Matrix;
  let packed: Matrix;
  let written: Matrix;
  let refusals: Refusals;
  before(async () => {
    read = await readMatrix(folder);
    packed = await packedMatrix(folder);
    written = await writeMatrix(folder);
    refusals = await findRefusals({ ...PLAIN, bands: 3 }, folder);
  });

  it('read and write right whatever they read and write', () => {
    for (const matrix of [read, packed, written]) {
      const wrong = [...matrix].flatMap(([row, cells]) => [...cells].map(([column, cell]) => `${row}, ${column}: ${cell.join(', ')}`));
      assert.deepEqual(wrong.filter((words) => words.includes('WRONG')), []);
    }
  });

  it('name a GDAL command for whatever they refuse', () => {
    const all = Object.values(refusals).flat() as Refusals['samples'];
    assert.ok(all.some(({ words }) => words !== null));
    assert.deepEqual(all.filter(({ words }) => words !== null && !/ gdal\w+(\.py)? .*IN\b/.test(words)), []);
  });

  it('are what the page says; RASTQ_UPDATE_DOCS=1 writes it anew', async () => {
    const page = readFileSync(PAGE, 'utf8');
    const tables = [
      `## Codecs\n\n${await codecTable()}`,
      `## Read\n\n${matrixTable('Layout', read)}`,
      `## Read, samples unpacked\n\n${matrixTable('Samples', packed)}`,
      `## Written\n\n${matrixTable('Type', written)}`,
      `## Refused\n\n${refusalTables(refusals)}`,
    ];
    const wanted = withTables(page, tables.join('\n'));
    if (process.env['RASTQ_UPDATE_DOCS'] === '1') writeFileSync(PAGE, wanted);
    else assert.equal(page, wanted);
  });
});
