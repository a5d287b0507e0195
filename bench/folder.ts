import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type PythonPrograms, pythonPrograms } from './places.js';
import { provideScene, type Scene } from './scenes.js';

/** Where scenes come from and outputs go. */
export interface Place {
  readonly programs: PythonPrograms;
  /** The path that each program writes to. */
  readonly output: string;
  /** The file system of scenes and outputs. */
  readonly fileSystem: string;
  readonly scene: (size: number, layout: string) => Scene;
}

/**
 * Runs `use` with a folder, and clears up behind it.
 * @param dir the folder that is asked for; undefined: a new temporary one, removed in the end unless `keep`
 */
export async function withPlace<T>(dir: string | undefined, keep: boolean, use: (place: Place) => Promise<T>): Promise<T> {
  const programs = pythonPrograms();
  const folder = openFolder(dir);
  // Of its own, because a program that is stopped may leave temporary files.
  const outputs = mkdtempSync(join(folder, 'out-'));
  try {
    return await use({
      programs,
      output: join(outputs, 'out.tif'),
      fileSystem: fileSystemOf(folder),
      scene: (size, layout) => provideScene(programs.scene, folder, size, layout),
    });
  } finally {
    rmSync(outputs, { recursive: true });
    if (keep) process.stderr.write(`kept ${folder}\n`);
    else if (dir === undefined) rmSync(folder, { recursive: true });
  }
}

function openFolder(dir: string | undefined): string {
  if (dir === undefined) return mkdtempSync(join(tmpdir(), 'rastq-bench-'));
  const folder = resolve(dir);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function fileSystemOf(folder: string): string {
  const { stdout } = spawnSync('df', ['--output=fstype,source', folder], { encoding: 'utf8' });
  return stdout.trimEnd().split('\n').at(-1)!.trim().split(/\s+/).join(' on ');
}
