import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planRequest, prepareTarget, RastqError, runPlan, type Plan } from '../../src/index.js';
import { openFile } from '../../src/io/file-source.js';
import { compareRasters } from '../../src/pipeline/compare.js';
import { describeRaster } from '../../src/tiff/info.js';

/**
 * How a run on a spoilt file ended. `same` and `changed`: with an output that reads back, equal to that of the sound
 * file or not, for many a flip cannot be noticed. `large`: a plan so large that running it says nothing more.
 */
export type Outcome = 'same' | 'changed' | 'large' | 'FormatError' | 'UnsupportedError' | 'UsageError' | 'IoError';

const ALLOWED: readonly string[] = ['FormatError', 'UnsupportedError', 'UsageError', 'IoError'];
const LARGEST_PIXELS = 16e6;
const OPERATION = { steps: [{ operation: 'normalize', params: { range: { min: 0, max: 4096 }, dtype: 'uint16' } }], window: 256 } as const;

/** Describes the file and normalizes it. @throws Error where anything happens that must not */
export async function attempt(bytes: Uint8Array, folder: string, sound: Uint8Array | null): Promise<Outcome> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const input = join(folder, 'in.tif');
  const output = join(folder, 'out.tif');
  writeFileSync(input, bytes);
  await foreseen(() => describe(input));
  // Colours are looked up where there is a table; most files have none and are refused for it.
  const expanded = join(folder, 'rgb.tif');
  if ((await foreseen(() => normalize(input, expanded, 'rgb'))) === 'done') rmSync(expanded);
  const outcome = await foreseen(() => normalize(input, output));
  const left = readdirSync(folder).filter((name) => name !== 'in.tif');
  if (outcome === 'done') {
    if (left.join() !== 'out.tif') throw new Error(`a run that succeeded left ${left.join()}`);
    const { facts, pixels } = await compareRasters([output, output], { tolerance: 0, workers: 1, pool: 'inline' });
    if (facts.length > 0 || pixels === null || pixels.samples + pixels.masked > 0) throw new Error('the output differs from itself');
    return sound !== null && Buffer.compare(readFileSync(output), sound) === 0 ? 'same' : 'changed';
  }
  if (left.length > 0) throw new Error(`a run that ended with ${outcome} left ${left.join()}`);
  return outcome;
}

/** What an output of the sound file is; null where it has none. */
export async function outputOf(bytes: Uint8Array, folder: string): Promise<Uint8Array | null> {
  await attempt(bytes, folder, null);
  const output = join(folder, 'out.tif');
  return existsSync(output) ? readFileSync(output) : null;
}

async function describe(path: string): Promise<'done'> {
  const source = openFile(path);
  try {
    await describeRaster(source, 1);
  } finally {
    await source.close();
  }
  return 'done';
}

async function normalize(input: string, output: string, expand?: 'rgb'): Promise<'done' | 'large'> {
  const { plan } = await planRequest({ input, output, ...OPERATION, creation: {}, overwrite: false, page: 1, expand });
  if (pixelsOf(plan) > LARGEST_PIXELS) return 'large';
  const target = prepareTarget(output, { overwrite: false });
  await runPlan(plan, { target, workers: 1, pool: 'inline', queue: { mode: 'bounded', size: 2 } });
  return 'done';
}

const pixelsOf = ({ output: { profile } }: Plan): number => profile.width * profile.height * profile.bands;

/** The kind of the error that an action ends with, if it is one that a user may see for a damaged file. */
async function foreseen<T extends string>(action: () => Promise<T>): Promise<T | Exclude<Outcome, 'same' | 'changed'>> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof RastqError) || !ALLOWED.includes(error.kind)) throw error;
    if (error.message.includes('\n')) throw new Error(`a message of several lines: ${error.message}`, { cause: error });
    return error.kind as Exclude<Outcome, 'same' | 'changed' | 'large'>;
  }
}
