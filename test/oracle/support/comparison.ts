import assert from 'node:assert/strict';
import { runPython } from './python.js';
import type { NormalizeOptions } from './run.js';

/** What GDAL tells of a file. */
export interface Facts {
  /** Columns, rows, bands. */
  readonly size: readonly number[];
  readonly geotransform: readonly number[] | null;
  readonly gcps: unknown;
  readonly gcpProjection: string;
  readonly rpc: Readonly<Record<string, string>>;
  readonly srs: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly descriptions: readonly string[];
  readonly colours: readonly string[];
  /** Of each band; what JSON has no number for as Python's word. */
  readonly nodata: readonly (number | string | null)[];
  readonly bandMetadata: readonly Readonly<Record<string, string>>[];
  readonly types: readonly string[];
  /** Of each band: scale, offset, unit. */
  readonly scales: readonly (readonly [scale: number | null, offset: number | null, unit: string])[];
  readonly overviews: number;
}

/** What `compare.py` tells of an input and its output. */
export interface Comparison {
  readonly input: Facts;
  readonly output: Facts;
  /** What GDAL said while it read the output. */
  readonly warnings: readonly string[];
  readonly pixels: {
    /** Of each band, valid pixels that are not as numpy has them. */
    readonly differing: readonly number[];
    readonly valid: readonly number[];
    readonly differingMasks: number;
    readonly differingDatasetMask: number;
    readonly rasterioReadsTheSame: boolean;
    readonly sharedMask: boolean;
  };
}

export interface ComparedFiles {
  readonly input: string;
  readonly output: string;
  readonly options: NormalizeOptions;
}

export function compareByGdal(files: readonly ComparedFiles[]): Comparison[] {
  const cases = files.map(({ input, output, options }) => {
    const { range = { min: 0, max: 4096 }, dtype = 'uint16', window = 256 } = options;
    return { input, output, range: [range.min, range.max], dtype, window };
  });
  return runPython('compare.py', cases) as Comparison[];
}

const withoutStatistics = (items: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(items).filter(([name]) => !name.startsWith('STATISTICS_')));

/** Asserts that GDAL has nothing to complain of, and that all that is true of both files is carried over. */
export function assertCarriedOver({ input, output, warnings }: Comparison): void {
  assert.deepEqual(warnings, []);
  assert.deepEqual(output.size, input.size);
  for (const what of ['geotransform', 'gcps', 'gcpProjection', 'rpc', 'srs', 'descriptions'] as const) {
    assert.deepEqual(output[what], input[what], what);
  }
  assert.deepEqual(output.metadata, withoutStatistics(input.metadata));
  assert.deepEqual(output.bandMetadata, input.bandMetadata.map(withoutStatistics));
  for (const [scale, offset, unit] of output.scales) assert.deepEqual([scale ?? 1, offset ?? 0, unit], [1, 0, ''], 'is of other values');
  assert.equal(output.overviews, 0);
}

/** Asserts that the bands are called what they are called in the input, as far as that is still true. */
export function assertSameColours({ input, output }: Comparison): void {
  assert.deepEqual(output.colours, wantedColours(input, output), 'colours');
}

/**
 * The input's colours. A band that a nodata value kept from being a mask is not called alpha where there is a mask in place of
 * that value: what reads the mask away would take it for one.
 */
function wantedColours({ colours, nodata }: Facts, output: Facts): readonly string[] {
  const isMaskInstead = nodata[0] !== null && output.nodata[0] === null;
  return isMaskInstead && colours.at(-1) === 'Alpha' ? [...colours.slice(0, -1), 'Undefined'] : colours;
}

/** Asserts that every pixel is as numpy computes it, and that the masks are the input's. */
export function assertSamePixels({ input, pixels }: Comparison): void {
  assert.deepEqual(pixels.differing, new Array(input.size[2]).fill(0), 'pixels that differ from the reference');
  assert.ok(pixels.rasterioReadsTheSame);
  assert.equal(pixels.differingMasks, 0, 'pixels that differ in read_masks');
  assert.equal(pixels.differingDatasetMask, 0, 'pixels that differ in dataset_mask');
}
