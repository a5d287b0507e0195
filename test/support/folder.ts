import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fixturePath } from '../oracle/support/run.js';

/** A folder of one test's own, gone when the test is over. */
export class Folder {
  readonly path: string;

  constructor(t: TestContext) {
    // Resolved, for where the system's own folder for temporary files is a link, as on macOS.
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'rastq-test-')));
    t.after(() => rmSync(this.path, { recursive: true, force: true }));
  }

  /** The path of a file in it. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** The bytes of a file in it. */
  read(name: string): Buffer {
    return readFileSync(this.at(name));
  }

  /** Copies a fixture into it, by default as `in.tif`, and gives the copy's path. */
  addFixture(fixture: string, name = 'in.tif'): string {
    cpSync(fixturePath(fixture), this.at(name));
    return this.at(name);
  }

  /** What is in it, hidden files too, in alphabetical order: nothing that a run leaves behind goes unseen. */
  list(): string[] {
    return (readdirSync(this.path, { recursive: true }) as string[]).sort();
  }
}
