import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../src/errors.js';

/** The repository's folder, seen from the compiled file. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const RASTQ = join(ROOT, 'bin', 'rastq.js');

/** Debian's packages are for this interpreter, whichever `python3` comes first on the PATH. */
export const PYTHON = '/usr/bin/python3';

export interface PythonPrograms {
  readonly scene: string;
  readonly peers: string;
  /** Whose they are, for the report. */
  readonly origin: string;
}

/** The Python programs: this folder's, or those in the folder that RASTQ_PEERS names. */
export function pythonPrograms(): PythonPrograms {
  const folder = process.env['RASTQ_PEERS'];
  if (folder === undefined || folder === '') {
    const own = (name: string): string => join(ROOT, 'bench', name);
    return { scene: own('scene.py'), peers: own('peers.py'), origin: 'bench/peers.py' };
  }
  const given = (name: string): string => {
    const path = resolve(folder, name);
    if (!existsSync(path)) throw new UsageError(`RASTQ_PEERS: there is no ${path}`);
    return path;
  };
  return { scene: given('scene.py'), peers: given('pipelines.py'), origin: "pipelines.py in RASTQ_PEERS' folder" };
}
