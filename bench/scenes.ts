import { spawnSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON } from './places.js';

/** Creation options of a layout, as GDAL names them. */
const LAYOUTS: Readonly<Record<string, readonly string[]>> = {
  uncompressed: ['TILED=YES'],
  deflate: ['TILED=YES', 'COMPRESS=DEFLATE', 'PREDICTOR=2'],
  lzw: ['TILED=YES', 'COMPRESS=LZW', 'PREDICTOR=2'],
  zstd: ['TILED=YES', 'COMPRESS=ZSTD', 'PREDICTOR=2'],
  strips: ['TILED=NO'],
  'deflate-strips': ['TILED=NO', 'COMPRESS=DEFLATE', 'PREDICTOR=2'],
};

export interface Scene {
  readonly path: string;
  readonly size: number;
  readonly layout: string;
  readonly creation: readonly string[];
}

export const isLayout = (name: string): boolean => Object.hasOwn(LAYOUTS, name);

export const layoutNames = (): string[] => Object.keys(LAYOUTS);

/** A scene in a folder, made by a program where it is not there yet. */
export function provideScene(program: string, folder: string, size: number, layout: string): Scene {
  const creation = LAYOUTS[layout];
  const path = join(folder, `scene-${size}-${layout}.tif`);
  if (!existsSync(path)) {
    process.stderr.write(`making ${path}\n`);
    // Whatever stops the making, a scene that has its name is whole.
    const unfinished = join(folder, `unfinished-${size}-${layout}.tif`);
    const { status, error } = spawnSync(PYTHON, [program, unfinished, String(size), ...creation], { stdio: ['ignore', 2, 2] });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`${program} failed, exit code ${status}`);
    renameSync(unfinished, path);
  }
  return { path, size, layout, creation };
}
