import { codecByName } from '../codecs/load.js';
import { UsageError } from '../errors.js';
import type { Access } from '../io/access.js';
import type { ByteSink } from '../io/byte-sink.js';
import { abandonOutput, createSink, type OpenTarget, type WriterTarget } from '../io/output.js';
import { crop, copyPixels, createPixels, fillPixels, type Pixels } from '../raster/block.js';
import { DTYPES, isPacked64, saturate } from '../raster/dtype.js';
import { cellCount, cellsOf, cellsTouching, cellWindow, type Grid, gridColumns } from '../raster/grid.js';
import { cropMask, emptyMask, type Mask, packMask } from '../raster/mask.js';
import { absentSample } from '../raster/nodata.js';
import { contains, describeWindow, intersect, type Window } from '../raster/window.js';
import { headLength } from '../tiff/directory-writer.js';
import { TiffSink } from '../tiff/sink.js';
import { TileEncoder } from '../tiff/tile-encoder.js';
import { tileGrid } from '../tiff/tile-layout.js';
import type { PlanOutput } from './plan.js';

/** A tile some of whose pixels are there. */
interface OpenTile {
  readonly window: Window;
  readonly pixels: Pixels;
  /** Which are valid; null: the file has no mask. */
  readonly valid: Mask | null;
  /** Which were written: 1, else 0. */
  readonly written: Mask;
  missing: number;
}

/** A tile that is encoded and waits for those before it. */
interface EncodedTile {
  readonly bytes: Uint8Array;
  readonly byteCounts: Uint32Array;
}

const NO_ROOM = new Uint8Array(0);

/**
 * Writes windows that come in any order into a file whose tiles lie in theirs. A tile is encoded when all its pixels are there,
 * and written when all tiles before it are; what waits is bounded. Runs in the thread that calls it.
 */
export class RasterWriter {
  readonly #output: PlanOutput;
  readonly #target: OpenTarget;
  readonly #access: Access;
  readonly #tiles: Grid;
  readonly #encoder: TileEncoder;
  readonly #file: ByteSink;
  readonly #sink: TiffSink;
  readonly #mostBytes: number;
  readonly #open = new Map<number, OpenTile>();
  readonly #waiting = new Map<number, EncodedTile>();
  /** The next tile of the file that is not encoded. */
  #next = 0;
  #heldBytes = 0;
  #last: Promise<void> = Promise.resolve();
  #isOver = false;

  private constructor(
    output: PlanOutput,
    parts: { readonly encoder: TileEncoder; readonly file: ByteSink; readonly target: OpenTarget; readonly access: Access; readonly mostBytes: number },
  ) {
    this.#output = output;
    this.#target = parts.target;
    this.#access = parts.access;
    this.#tiles = tileGrid(output.profile, output.layout);
    this.#encoder = parts.encoder;
    this.#file = parts.file;
    this.#sink = new TiffSink(output, parts.file);
    this.#mostBytes = parts.mostBytes;
  }

  /** @param mostBytes the most bytes of tiles that wait */
  static async open(output: PlanOutput, place: WriterTarget, { access, mostBytes }: { readonly access: Access; readonly mostBytes: number }): Promise<RasterWriter> {
    const encoding = (await codecByName(output.layout.codec))!.encoding!;
    const encode = await encoding.openEncoder(output.layout.level ?? 0);
    const encoder = new TileEncoder(output, { encode, bound: encoding.bound });
    const { file, target } = await createSink(place, access, { headBytes: headLength(output), insertedBytes: 0 });
    return new RasterWriter(output, { encoder, file, target, access, mostBytes });
  }

  /**
   * Takes the pixels of a window; they are copied before it returns. One that fails is the last.
   * @param mask which are valid; null: all of them
   * @throws UsageError where a pixel was written before, or too much waits; IoError
   */
  async write(window: Window, pixels: Pixels, mask: Mask | null): Promise<void> {
    if (this.#isOver) throw new UsageError(`${this.#output.path}: is closed, or a write to it failed`);
    try {
      this.#take(window, pixels, mask);
      await this.#flush();
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  #take(window: Window, pixels: Pixels, mask: Mask | null): void {
    const cells = [...cellsOf(cellsTouching(this.#tiles, window))];
    for (const cell of cells) this.#refuseWritten(this.#numberOf(cell), intersect(cellWindow(this.#tiles, cell), window)!);
    for (const cell of cells) {
      const number = this.#numberOf(cell);
      const tile = this.#open.get(number) ?? this.#begin(number);
      const part = intersect(tile.window, window)!;
      takePixels(crop(pixels, window, part), crop(tile.pixels, tile.window, part), this.#output.profile.dtype);
      if (tile.valid !== null) takeMask(mask && cropMask(mask, window, part), cropMask(tile.valid, tile.window, part));
      if (!contains(part, tile.window)) takeMask(null, cropMask(tile.written, tile.window, part));
      tile.missing -= part.width * part.height;
      if (tile.missing === 0) this.#encode(number, tile);
    }
    if (this.#heldBytes > this.#mostBytes) {
      throw new UsageError(
        `${this.#output.path}: ${this.#open.size + this.#waiting.size} tiles wait for those before them, ${Math.ceil(this.#heldBytes / 2 ** 20)} MiB: ` +
          `write windows row by row, or allow more waitingBytes`,
      );
    }
  }

  /** Completes the file and makes it appear. What was not written is nodata, else 0. @returns its bytes */
  async close(): Promise<number> {
    if (this.#isOver) throw new UsageError(`${this.#output.path}: is closed, or a write to it failed`);
    this.#isOver = true;
    const count = cellCount(this.#tiles);
    for (; this.#next < count; this.#next++) {
      if (!this.#waiting.has(this.#next)) this.#encode(this.#next, this.#open.get(this.#next) ?? this.#begin(this.#next));
      this.#passOn(this.#next);
      await this.#last;
    }
    await this.#last;
    await this.#sink.finish();
    await this.#file.publish();
    await this.#file.discard();
    return this.#sink.length;
  }

  /** Lets go of everything: nothing is left. @returns what could not be removed */
  async discard(): Promise<string | undefined> {
    this.#isOver = true;
    await this.#last.catch(() => undefined);
    await this.#file.discard();
    return abandonOutput(this.#target, this.#access);
  }

  #numberOf({ col, row }: { readonly col: number; readonly row: number }): number {
    return row * gridColumns(this.#tiles) + col;
  }

  #refuseWritten(number: number, part: Window): void {
    const tile = this.#open.get(number);
    const isDone = tile === undefined && (number < this.#next || this.#waiting.has(number));
    if (isDone || (tile !== undefined && isAnySet(cropMask(tile.written, tile.window, part)))) {
      throw new UsageError(`${this.#output.path}: some of the ${describeWindow(part)} were written before`);
    }
  }

  #begin(number: number): OpenTile {
    const cols = gridColumns(this.#tiles);
    const window = cellWindow(this.#tiles, { col: number % cols, row: Math.floor(number / cols) });
    const { dtype, bands, nodata, mask } = this.#output.profile;
    const pixels = createPixels(dtype, window, bands, this.#output.layout.interleave);
    fillPixels(pixels, absentSample(dtype, nodata));
    const tile: OpenTile = { window, pixels, valid: mask ? emptyMask(NO_ROOM, window) : null, written: emptyMask(NO_ROOM, window), missing: window.width * window.height };
    this.#open.set(number, tile);
    this.#heldBytes += pixels.data.byteLength;
    return tile;
  }

  #encode(number: number, { window, pixels, valid }: OpenTile): void {
    const room = new Uint8Array(this.#encoder.boundOf(1));
    const byteCounts = new Uint32Array(this.#encoder.countsPerCell);
    this.#encoder.start(room);
    const into = this.#encoder.begin(window);
    copyPixels(pixels, into.pixels);
    if (valid !== null) packMask(valid, into.mask, this.#output.layout.tile.width / 8);
    this.#encoder.end(byteCounts, 0);
    const bytes = room.slice(0, this.#encoder.length);
    this.#open.delete(number);
    this.#waiting.set(number, { bytes, byteCounts });
    this.#heldBytes += bytes.length - pixels.data.byteLength;
  }

  /** Writes the tiles whose turn it is. */
  async #flush(): Promise<void> {
    for (; this.#waiting.has(this.#next); this.#next++) this.#passOn(this.#next);
    await this.#last;
  }

  #passOn(number: number): void {
    const { bytes, byteCounts } = this.#waiting.get(number)!;
    this.#waiting.delete(number);
    this.#heldBytes -= bytes.length;
    const cols = gridColumns(this.#tiles);
    const cell = { col: number % cols, row: Math.floor(number / cols), cols: 1, rows: 1 };
    this.#last = this.#last.then(() => this.#sink.write(cell, bytes, byteCounts));
    // Who waits for the write is told; who does not yet is told with the next one.
    this.#last.catch(() => undefined);
  }
}

function isAnySet(mask: Mask): boolean {
  const [rows, cols] = mask.shape;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) if (mask.get(row, col) !== 0) return true;
  }
  return false;
}

/** Sets the mask where `from` is set; everywhere without one. */
function takeMask(from: Mask | null, into: Mask): void {
  const [rows, cols] = into.shape;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) into.set(row, col, from === null || from.get(row, col) !== 0 ? 1 : 0);
  }
}

/** Copies samples, of another type rounded half to even and saturated. @throws UsageError for NaN where there is none */
function takePixels(from: Pixels, into: Pixels, dtype: PlanOutput['profile']['dtype']): void {
  if (from.data.constructor === into.data.constructor && !isPacked64(dtype)) {
    copyPixels(from, into);
    return;
  }
  const [bands, rows, cols] = into.shape;
  const isFloat = DTYPES[dtype].kind === 'float';
  for (let band = 0; band < bands; band++) {
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const value = from.get(band, row, col);
        if (!isFloat && Number.isNaN(value)) throw new UsageError(`NaN for band ${band + 1}, row ${row}, column ${col} of a window: ${dtype} has no such value`);
        into.set(band, row, col, saturate(dtype, value));
      }
    }
  }
}
