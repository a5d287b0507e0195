import { readFileSync } from 'node:fs';
import { type Pixels } from '../raster/block.js';
import { type DType, DTYPES, type Samples } from '../raster/dtype.js';

type Extremes = (
  samples: number,
  count: number,
  bands: number,
  nodata: number,
  hasNodata: number,
  extremes: number,
  room: number,
) => void;
type StretchTo = (
  table: number,
  from: number,
  to: number,
  pattern: number,
  min: number,
  scale: number,
  span: number,
  offset: number,
  low: number,
  high: number,
) => void;
type LookUp = (samples: number, count: number, bands: number, group: number, tables: number, out: number) => void;
type Exports = { readonly memory: WebAssembly.Memory } & Record<string, Extremes | StretchTo | LookUp>;

const EXTREMES: Partial<Record<DType, string>> = {
  uint8: 'extremesU8',
  int8: 'extremesI8',
  uint16: 'extremesU16',
  int16: 'extremesI16',
};

const STRETCHES: Readonly<Record<DType, string>> = {
  uint8: 'stretchToU8',
  int8: 'stretchToI8',
  uint16: 'stretchToU16',
  int16: 'stretchToI16',
  uint32: 'stretchToU32',
  int32: 'stretchToI32',
  uint64: 'stretchToWhole64',
  int64: 'stretchToWhole64',
  float32: 'stretchToF32',
  float64: 'stretchToF64',
};

/** The results of one band: an entry for each bit pattern of a sample. */
export interface ResultTable {
  readonly entries: Samples;
  /**
   * Puts in the results of the values from `min` to `max`, which differ and need not be whole:
   * (v - min) * scale / (max - min) + offset, in float64, rounded half to even where the output's type is whole, saturated to it. `scale` times 65535 is finite.
   */
  readonly stretch: (line: { readonly min: number; readonly max: number; readonly scale: number; readonly offset: number }) => void;
}

/** Bands whose tables are in memory at a time. */
const GROUP = 8;
const PAGE = 65536;
/** Working room of the vector loops, at the start of the memory. */
const ROOM = 64;

/** Whether samples of all bands lie side by side, pixel after pixel, so that a row is one run. */
export function isPacked(pixels: Pixels): boolean {
  const bands = pixels.shape[0];
  return pixels.stride[2] === bands && (bands === 1 || pixels.stride[0] === 1);
}

/**
 * The loops of a min-max stretch over packed pixels of 8- and 16-bit integers, by wasm. One instance a worker; its
 * memory holds one window at a time: room, extremes, tables, samples, results.
 */
export class StretchKernel {
  readonly #exports: Exports;
  readonly #input: DType;
  readonly #output: DType;
  readonly #extremes: Extremes;
  readonly #stretch: StretchTo;
  readonly #lookUp: LookUp;
  /** How many bands the tables in memory are of; 0: there are none. */
  #tablesOf = 0;

  /** Whether the kernel has loops for samples of this type. */
  static takes(dtype: DType): boolean {
    return dtype in EXTREMES;
  }

  constructor(input: DType, output: DType) {
    const module = new WebAssembly.Module(readFileSync(new URL('./stretch.wasm', import.meta.url)));
    this.#exports = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
    this.#input = input;
    this.#output = output;
    this.#extremes = this.#exports[EXTREMES[input]!] as Extremes;
    this.#stretch = this.#exports[STRETCHES[output]];
    this.#lookUp = this.#exports[`lookUp${DTYPES[input].bytes * 8}To${DTYPES[output].bytes * 8}`] as LookUp;
  }

  /**
   * Widens each band's pair of minimum and maximum.
   * @param nodata samples that equal it do not count; NaN: all count
   * @param statistics two numbers a band; infinite ones are of a band without valid samples
   */
  measure(pixels: Pixels, nodata: number, statistics: Float64Array): void {
    const bands = pixels.shape[0];
    const at = this.#layOut(pixels);
    const pairs = new Int32Array(this.#memory, at.extremes, bands * 2);
    const { min, max } = DTYPES[this.#input];
    for (let i = 0; i < bands * 2; i += 2) {
      pairs[i] = max + 1;
      pairs[i + 1] = min - 1;
    }
    this.#pack(pixels, at.samples);
    const hasNodata = Number.isNaN(nodata) ? 0 : 1;
    this.#extremes(at.samples, at.count * bands, bands, hasNodata === 1 ? nodata : 0, hasNodata, at.extremes, 0);
    for (let i = 0; i < bands * 2; i += 2) {
      if (pairs[i] > pairs[i + 1]) continue;
      statistics[i] = Math.min(statistics[i], pairs[i]);
      statistics[i + 1] = Math.max(statistics[i + 1], pairs[i + 1]);
    }
  }

  /**
   * Replaces every sample by what a table says.
   * @param fillTable puts in the results of one band; entries that no sample has may be anything
   * @param keepsTables whether they are those of the call before: then they are filled again only where they were lost
   */
  map(pixels: Pixels, fillTable: (table: ResultTable, band: number) => void, out: Pixels, keepsTables = false): void {
    const bands = pixels.shape[0];
    const isThere = keepsTables && this.#tablesOf === bands && bands <= GROUP;
    const at = this.#layOut(pixels);
    this.#tablesOf = bands;
    const { bytes, over } = DTYPES[this.#output];
    const inputBytes = DTYPES[this.#input].bytes;
    this.#pack(pixels, at.samples);
    for (let first = 0; first < bands; first += GROUP) {
      const group = Math.min(GROUP, bands - first);
      if (!isThere) for (let i = 0; i < group; i++) fillTable(this.#table(at.tables, i), first + i);
      this.#lookUp(at.samples + first * inputBytes, at.count, bands, group, at.tables, at.results + first * bytes);
    }
    const results = over(this.#memory, at.results, at.count * bands);
    eachRun(out, (start, length, from) => out.data.set(results.subarray(from, from + length), start));
  }

  #table(tables: number, number: number): ResultTable {
    const { bytes, over, min: low, max: high } = DTYPES[this.#output];
    const length = 1 << (8 * DTYPES[this.#input].bytes);
    const position = tables + number * length * bytes;
    return {
      entries: over(this.#memory, position, length),
      stretch: ({ min, max, scale, offset }) => {
        this.#stretch(position, Math.ceil(min), Math.floor(max), length - 1, min, scale, max - min, offset, low, high);
      },
    };
  }

  get #memory(): ArrayBuffer {
    return this.#exports.memory.buffer;
  }

  #pack(pixels: Pixels, position: number): void {
    const [bands, rows, cols] = pixels.shape as [number, number, number];
    const samples = DTYPES[this.#input].over(this.#memory, position, bands * rows * cols);
    eachRun(pixels, (start, length, from) => samples.set(pixels.data.subarray(start, start + length), from));
  }

  #layOut(pixels: Pixels) {
    const [bands, rows, cols] = pixels.shape as [number, number, number];
    const count = rows * cols;
    const inputBytes = DTYPES[this.#input].bytes;
    const outputBytes = DTYPES[this.#output].bytes;
    // With another number of bands, all lies elsewhere.
    if (this.#tablesOf !== bands) this.#tablesOf = 0;
    const align = (position: number): number => Math.ceil(position / 16) * 16;
    const extremes = ROOM;
    const tables = align(extremes + bands * 8);
    const samples = align(tables + Math.min(GROUP, bands) * (1 << (8 * inputBytes)) * outputBytes);
    const results = align(samples + count * bands * inputBytes);
    const missing = results + count * bands * outputBytes - this.#memory.byteLength;
    if (missing > 0) this.#exports.memory.grow(Math.ceil(missing / PAGE));
    return { extremes, tables, samples, results, count };
  }
}

/** The runs of samples that lie together: one a row, or a single one where rows follow each other. */
function eachRun(pixels: Pixels, visit: (start: number, length: number, from: number) => void): void {
  const [bands, rows, cols] = pixels.shape as [number, number, number];
  const length = cols * bands;
  if (pixels.stride[1] === length) {
    visit(pixels.offset, rows * length, 0);
    return;
  }
  for (let row = 0; row < rows; row++) visit(pixels.offset + row * pixels.stride[1], length, row * length);
}
