import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The system's Python: distributions package GDAL, rasterio and OpenCV for it. */
export const PYTHON = '/usr/bin/python3';

/** The folder of the scripts, seen from the compiled `dist/test/oracle/support/`. */
const SCRIPTS = new URL('../../../../test/oracle/', import.meta.url);

/**
 * Why the tests against some Python modules cannot run here; false where they can, or where they must: with
 * RASTQ_REQUIRE_ORACLES set, a missing module is a failure.
 */
export function missingModules(...modules: string[]): string | false {
  const found = spawnSync(PYTHON, ['-c', modules.map((name) => `import ${name}`).join('\n')]);
  if (found.status === 0 || process.env['RASTQ_REQUIRE_ORACLES'] !== undefined) return false;
  return `${PYTHON} cannot import ${modules.join(', ')}`;
}

/** Runs a script of `test/oracle/`: JSON on its stdin, JSON on its stdout. */
export function runPython(script: string, input: unknown): unknown {
  const { status, stdout, stderr, error } = spawnSync(PYTHON, [fileURLToPath(new URL(script, SCRIPTS))], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  assert.equal(status, 0, `${script}: ${error?.message ?? stderr}`);
  return JSON.parse(stdout);
}
