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
type LookUp = (samples: number, count: number, bands: number, table: number, out: number) => void;
type Exports = { readonly memory: WebAssembly.Memory } & Record<string, Extremes | LookUp>;

const EXTREMES: Partial<Record<DType, string>> = {
  uint8: 'extremesU8',
  int8: 'extremesI8',
  uint16: 'extremesU16',
  int16: 'extremesI16',
};

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
 * memory holds one window at a time: room, extremes, table, samples, results.
 */
export class StretchKernel {
  readonly #exports: Exports;
  readonly #input: DType;
  readonly #output: DType;
  readonly #extremes: Extremes;
  readonly #lookUp: LookUp;

  /** Whether the kernel has loops for samples of this type. */
  static takes(dtype: DType): boolean {
    return dtype in EXTREMES;
  }

  constructor(input: DType, output: DType) {
    const module = new WebAssembly.Module(readFileSync(new URL('./stretch.wasm', import.meta.url)));
    this.#exports = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
    this.#input = input;
    this.#output = output;
    this.#extremes = this.#exports[EXTREMES[input]!];
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
   * @param fillTable puts in the results of one band, in the output's type, indexed by a sample's bit pattern
   */
  map(pixels: Pixels, fillTable: (table: Samples, band: number) => void, out: Pixels): void {
    const bands = pixels.shape[0];
    const at = this.#layOut(pixels);
    const { bytes, over } = DTYPES[this.#output];
    const inputBytes = DTYPES[this.#input].bytes;
    const table = over(this.#memory, at.table, 1 << (8 * inputBytes));
    this.#pack(pixels, at.samples);
    for (let band = 0; band < bands; band++) {
      fillTable(table, band);
      this.#lookUp(at.samples + band * inputBytes, at.count, bands, at.table, at.results + band * bytes);
    }
    const results = over(this.#memory, at.results, at.count * bands);
    eachRun(out, (start, length, from) => out.data.set(results.subarray(from, from + length), start));
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
    const align = (position: number): number => Math.ceil(position / 16) * 16;
    const extremes = ROOM;
    const table = align(extremes + bands * 8);
    const samples = align(table + (1 << (8 * inputBytes)) * outputBytes);
    const results = align(samples + count * bands * inputBytes);
    const missing = results + count * bands * outputBytes - this.#memory.byteLength;
    if (missing > 0) this.#exports.memory.grow(Math.ceil(missing / PAGE));
    return { extremes, table, samples, results, count };
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
