import { type Pixels } from '../raster/block.js';
import { type DType, DTYPES, type Samples } from '../raster/dtype.js';
import { LOOP_NAMES, RESULT_NAMES } from './loop-names.js';
import { bytesAt, openKernel, Room } from './memory.js';
import { deliver, eachPair, rowsFor, rowsFrom } from './packed.js';

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
type StretchLines = (
  samples: number,
  count: number,
  bands: number,
  lines: number,
  offset: number,
  nodata: number,
  hasNodata: number,
  fill: number,
  out: number,
) => void;
type Exports = Record<string, Extremes | StretchTo | LookUp | StretchLines>;

/** The results of one band: an entry for each bit pattern of a sample. */
export interface ResultTable {
  readonly entries: Samples;
  /**
   * Puts in the results of the values from `min` to `max`, which differ and need not be whole:
   * (v - min) * scale / (max - min) + offset, in float64, rounded half to even where the output's type is whole, saturated to it. `scale` times 65535 is finite.
   */
  readonly stretch: (line: { readonly min: number; readonly max: number; readonly scale: number; readonly offset: number }) => void;
}

/** Stretches of all bands to one range. */
export interface Lines {
  /** By band: its minimum and maximum; infinite ones are of a band without valid samples. */
  readonly statistics: Float64Array;
  readonly range: { readonly min: number; readonly max: number };
  /** Samples that equal it become `fill`; NaN: none does. */
  readonly nodata: number;
  readonly fill: number;
}

/** Bands whose tables are in memory at a time. */
const GROUP = 8;
/** What the loops over extremes work in. */
const WORK_BYTES = 48;
/** Lanes of a vector of 16-bit samples, and the bytes of what they are stretched by. */
const LANES = 8;
const VECTOR_BYTES = 96;

/** Where a thread's kernels work, one window after the other. */
const ROOMS = { work: new Room(), lines: new Room(), samples: new Room(), tables: new Room(), results: new Room() };

/** Who has filled the tables that are in memory, for how many bands. */
let tables: { readonly of: StretchKernel; readonly bands: number } | undefined;

/**
 * The loops of a min-max stretch over packed pixels of 8- and 16-bit integers, by wasm, in the thread's memory. Pixels that are
 * there are taken where they are.
 */
export class StretchKernel {
  readonly #exports: Exports;
  readonly #input: DType;
  readonly #output: DType;
  readonly #extremes: Extremes;
  readonly #stretch: StretchTo;
  readonly #lookUp: LookUp;
  readonly #stretchLines: StretchLines | undefined;

  /** Whether the kernel has loops for samples of this type. */
  static takes(dtype: DType): boolean {
    return dtype in LOOP_NAMES;
  }

  constructor(input: DType, output: DType) {
    this.#exports = openKernel('stretch') as Exports;
    this.#input = input;
    this.#output = output;
    this.#extremes = this.#exports[`extremes${LOOP_NAMES[input]}`] as Extremes;
    this.#stretch = this.#exports[`stretchTo${RESULT_NAMES[output]}`];
    this.#lookUp = this.#exports[`lookUp${DTYPES[input].bytes * 8}To${DTYPES[output].bytes * 8}`] as LookUp;
    this.#stretchLines = this.#exports[`stretch${LOOP_NAMES[input]}To${LOOP_NAMES[output]}`] as StretchLines | undefined;
  }

  /**
   * Widens each band's pair of minimum and maximum.
   * @param nodata samples that equal it do not count; NaN: all count
   * @param statistics two numbers a band; infinite ones are of a band without valid samples
   */
  measure(pixels: Pixels, nodata: number, statistics: Float64Array): void {
    const bands = pixels.shape[0];
    const work = ROOMS.work.reserve(WORK_BYTES + bands * 8);
    const at = work + WORK_BYTES;
    const pairs = new Int32Array(bytesAt(at, bands * 8).buffer, at, bands * 2);
    const { min, max, bytes } = DTYPES[this.#input];
    for (let i = 0; i < bands * 2; i += 2) {
      pairs[i] = max + 1;
      pairs[i + 1] = min - 1;
    }
    const hasNodata = Number.isNaN(nodata) ? 0 : 1;
    const rows = rowsFrom(pixels, this.#input, ROOMS.samples);
    eachPair(rows, rows, { fromBytes: bytes, toBytes: bytes }, (from, _, samples) => this.#extremes(from, samples, bands, hasNodata === 1 ? nodata : 0, hasNodata, at, work));
    for (let i = 0; i < bands * 2; i += 2) {
      if (pairs[i] > pairs[i + 1]) continue;
      statistics[i] = Math.min(statistics[i], pairs[i]);
      statistics[i + 1] = Math.max(statistics[i + 1], pairs[i + 1]);
    }
  }

  /** Whether `stretchWhole` takes these: 16-bit samples, and nothing but whole numbers, of at most 16 bits. */
  isWhole({ statistics, range }: Lines): boolean {
    const { min, max } = DTYPES[this.#output];
    if (this.#stretchLines === undefined || range.min < min || range.max > max) return false;
    return Number.isInteger(range.min) && Number.isInteger(range.max) && statistics.every((value) => Number.isInteger(value) || !Number.isFinite(value));
  }

  /**
   * Stretches every sample: (v - min) * (b - a) / (max - min) + a, rounded half to even, as float64 has it; a where a band is
   * constant. Samples beyond minimum and maximum become the range's ends.
   */
  stretchWhole(pixels: Pixels, lines: Lines, out: Pixels): void {
    const bands = pixels.shape[0];
    const { range, nodata, fill } = lines;
    const own = this.#writeLines(lines, bands);
    const hasNodata = Number.isNaN(nodata) ? 0 : 1;
    this.#convert(pixels, out, (eachRun) => {
      eachRun((from, to, samples) => this.#stretchLines!(from, samples, bands, own, range.min, hasNodata === 1 ? nodata : 0, hasNodata, fill, to));
    });
  }

  /** Puts what each lane of a round of vectors is stretched by where the loop finds it: minima, maxima, factors. */
  #writeLines({ statistics, range }: Lines, bands: number): number {
    const at = ROOMS.lines.reserve(bands * VECTOR_BYTES);
    const { buffer } = bytesAt(at, bands * VECTOR_BYTES);
    const scale = range.max - range.min;
    const { over, max: highest } = DTYPES[this.#input];
    for (let vector = 0; vector < bands; vector++) {
      const own = at + vector * VECTOR_BYTES;
      const ends = over(buffer, own, 2 * LANES);
      const factors = new Float64Array(buffer, own + 4 * LANES, LANES);
      for (let lane = 0; lane < LANES; lane++) {
        const band = (vector * LANES + lane) % bands;
        const min = statistics[band * 2];
        // Whatever is above the minimum of a constant band becomes the range's end.
        const max = Math.max(statistics[band * 2 + 1], Math.min(min + 1, highest));
        const hasValid = Number.isFinite(min);
        ends[lane] = hasValid ? min : 0;
        ends[lane + LANES] = hasValid ? max : 0;
        factors[lane] = hasValid && max > min ? scale / (max - min) : 0;
      }
    }
    return at;
  }

  /**
   * Replaces every sample by what a table says.
   * @param fillTable puts in the results of one band; entries that no sample has may be anything
   * @param keepsTables whether they are those of the call before: then they are filled again only where they were lost
   */
  map(pixels: Pixels, fillTable: (table: ResultTable, band: number) => void, out: Pixels, keepsTables = false): void {
    const bands = pixels.shape[0];
    const inputBytes = DTYPES[this.#input].bytes;
    const outputBytes = DTYPES[this.#output].bytes;
    const isThere = keepsTables && tables?.of === this && tables.bands === bands && bands <= GROUP;
    const at = ROOMS.tables.reserve(Math.min(GROUP, bands) * (1 << (8 * inputBytes)) * outputBytes);
    tables = { of: this, bands };
    this.#convert(pixels, out, (eachRun) => {
      for (let first = 0; first < bands; first += GROUP) {
        const group = Math.min(GROUP, bands - first);
        if (!isThere) for (let i = 0; i < group; i++) fillTable(this.#table(at, i), first + i);
        eachRun((from, to, samples) => this.#lookUp(from + first * inputBytes, samples / bands, bands, group, at, to + first * outputBytes));
      }
    });
  }

  #table(at: number, number: number): ResultTable {
    const { bytes, over, min: low, max: high } = DTYPES[this.#output];
    const length = 1 << (8 * DTYPES[this.#input].bytes);
    const position = at + number * length * bytes;
    return {
      entries: over(bytesAt(position, length * bytes).buffer, position, length),
      stretch: ({ min, max, scale, offset }) => {
        this.#stretch(position, Math.ceil(min), Math.floor(max), length - 1, min, scale, max - min, offset, low, high);
      },
    };
  }

  /** Has samples turned into results, run by run, as often as `work` goes over them; both are copied once at most. */
  #convert(pixels: Pixels, out: Pixels, work: (eachRun: (visit: (from: number, to: number, samples: number) => void) => void) => void): void {
    const from = rowsFrom(pixels, this.#input, ROOMS.samples);
    const to = rowsFor(out, this.#output, ROOMS.results);
    const sizes = { fromBytes: DTYPES[this.#input].bytes, toBytes: DTYPES[this.#output].bytes };
    work((visit) => eachPair(from, to, sizes, visit));
    deliver(to, this.#output, out);
  }
}
