import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** A folder for the files that the tests of one file make; it goes away when they are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rastq-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
