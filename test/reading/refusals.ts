import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tag, TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { UnsupportedError } from '../../src/index.js';
import { openFile } from '../../src/io/file-source.js';
import { describeRaster } from '../../src/tiff/info.js';

/** What crafted headers are refused for, in the program's own words. */

/** The values of the Compression tag that libtiff knows. */
const COMPRESSIONS: readonly number[] = [
  2, 3, 4, 6, 7, 32766, 32771, 32809, 32908, 32909, 32947, 34661, 34676, 34677, 34712, 34887, 34925, 34927, 50001, 50002, 52546,
];
const PHOTOMETRICS: readonly number[] = [0, 1, 2, 3, 5, 6, 8, 9, 10, 32803, 32844, 32845];

const SHORTS = (tag: number, ...values: number[]): Tag => ({ tag, type: 'SHORT', values });

/** Sample types that no typed array and no simple rule holds: bits and SampleFormat of the bands. */
const SAMPLES: readonly (readonly [what: string, bits: readonly number[], format: number])[] = [
  ['complex integers', [32, 32, 32], 5],
  ['complex floats', [64, 64, 64], 6],
  ['mixed depths', [8, 8, 16], 1],
  ['signed 12 bits', [12, 12, 12], 2],
  ['unsigned 40 bits', [40, 40, 40], 1],
  ['floats of 128 bits', [128, 128, 128], 3],
];

export interface Refusal {
  readonly what: string;
  /** The program's words without the file's name; null: it is not refused. */
  readonly words: string | null;
}

export interface Refusals {
  readonly compressions: readonly Refusal[];
  readonly photometrics: readonly Refusal[];
  readonly samples: readonly Refusal[];
}

/** @param scene of three bands of bytes */
export async function findRefusals(scene: TiffSpec, folder: string): Promise<Refusals> {
  const path = join(folder, 'refused.tif');
  const refusal = async (what: string, ...extraTags: Tag[]): Promise<Refusal> => {
    writeFileSync(path, writeTiff({ ...scene, extraTags }));
    return { what, words: await wordsOf(path) };
  };
  const each = async <T>(all: readonly T[], of: (one: T) => Promise<Refusal>): Promise<Refusal[]> => {
    const found: Refusal[] = [];
    for (const one of all) found.push(await of(one));
    return found;
  };
  return {
    compressions: await each(COMPRESSIONS, (code) => refusal(String(code), SHORTS(259, code))),
    photometrics: await each(PHOTOMETRICS, (code) => refusal(String(code), SHORTS(262, code))),
    samples: await each(SAMPLES, ([what, bits, format]) => refusal(what, SHORTS(258, ...bits), SHORTS(339, ...bits.map(() => format)))),
  };
}

async function wordsOf(path: string): Promise<string | null> {
  const source = openFile(path);
  try {
    await describeRaster(source, 1);
    return null;
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return error.message.replaceAll(path, 'IN').replace(/^IN: /, '');
  } finally {
    await source.close();
  }
}
