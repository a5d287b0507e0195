import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** What the tests of reading share: the command line, Python's view of a file, and folders that go away. */

const CLI = fileURLToPath(new URL('../../../bin/rastq.js', import.meta.url));
const PYTHON = '/usr/bin/python3';
const missing = spawnSync(PYTHON, ['-c', 'import osgeo.gdal, rasterio, numpy']).status !== 0;

/** Why the oracles cannot be asked; false where they can, or where they are required and their lack must be seen. */
export const noOracles = missing && !process.env['RASTQ_REQUIRE_ORACLES'] ? `${PYTHON} has no gdal, rasterio and numpy` : false;

/** A folder for the files of one test file; it goes away when its tests are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rastq-reading-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a Python script that prints JSON. */
export function python(script: string, ...words: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', script, ...words], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  assert.equal(status, 0, stderr || 'python crashed');
  return JSON.parse(stdout);
}

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line. */
export function rastq(...words: readonly string[]): Said {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...words], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return { code: status, stdout, stderr };
}
