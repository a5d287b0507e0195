import type { ByteSource } from '../io/byte-source.js';
import { Pieces } from '../io/pieces.js';
import type { Window } from '../raster/window.js';
import type { BlockIndex } from '../tiff/block-index.js';
import { planeCount } from '../tiff/block-layout.js';
import { ensureRoom, SpareBuffers } from './buffers.js';
import type { LoadedBlocks } from './loaded-blocks.js';
import type { PlanImage } from './plan.js';
import { columnBytes, fetchedWindow, heldWindows, stripPixelBytes } from './strip-columns.js';

/** What Linux fills in one call at most. */
const MOST_PIECES = 1024;

/** The columns of strips that a task needs, row behind row, plane behind plane, each strip as a block. */
interface Columns extends Omit<LoadedBlocks, 'bytesRead'> {
  readonly window: Window;
}

/**
 * Reads windows' columns of uncompressed strips. Tasks beside each other share rows: these are read once, and what each task
 * needs of them comes to a buffer of its own by itself. Lives in the reader.
 */
export class StripReader {
  readonly #image: PlanImage;
  readonly #source: ByteSource;
  readonly #index: BlockIndex;
  readonly #spares = new SpareBuffers();
  /** For tasks that come next, by their columns. */
  #held = new Map<string, Columns>();

  constructor(image: PlanImage, source: ByteSource, index: BlockIndex) {
    this.#image = image;
    this.#source = source;
    this.#index = index;
  }

  /** Whether a window's strips are taken apart: those that are as wide as it are not. */
  gathers({ width }: Window): boolean {
    return width < this.#image.profile.width;
  }

  /** Takes a buffer for windows to come. */
  give(buffer: ArrayBuffer): void {
    this.#spares.give(buffer);
  }

  /**
   * Loads a window.
   * @param beside it and the windows of tasks that come after it in the same rows, in their order; where it is alone what is held stays
   * @throws what reading throws
   */
  async load(window: Window, beside: readonly Window[]): Promise<LoadedBlocks> {
    const fetched = fetchedWindow(this.#image, window);
    const held = this.#held.get(columnsOf(fetched));
    if (held !== undefined && held.window.row === fetched.row && held.window.height === fetched.height) {
      this.#held.delete(columnsOf(fetched));
      return loadedOf(held, 0);
    }
    const windows = beside.slice(0, heldWindows(this.#image, window)).map((each) => fetchedWindow(this.#image, each));
    if (windows.length > 1) {
      for (const { buffer } of this.#held.values()) this.give(buffer);
      this.#held = new Map();
    }
    const { columns, bytesRead } = await this.#read(windows);
    for (const each of columns.slice(1)) this.#held.set(columnsOf(each.window), each);
    return loadedOf(columns[0], bytesRead);
  }

  /** Reads windows of the same rows, ordered by their columns. */
  async #read(windows: readonly Window[]): Promise<{ readonly columns: Columns[]; readonly bytesRead: number }> {
    const { layout, profile } = this.#image;
    const [{ row, height }] = windows;
    const planes = planeCount(layout, profile.bands);
    const strips = planes * Math.ceil(height / layout.block.height);
    const columns = windows.map((window): Columns => this.#place(window, strips));
    const rows = new RowReads(this.#source);
    let number = 0;
    for (let plane = 0; plane < planes; plane++) {
      for (let above = 0; above < height; above += layout.block.height, number++) {
        const { position, length } = await this.#index.locate({ plane, col: 0, row: (row + above) / layout.block.height });
        if (length > 0) await this.#readStrip({ number, position, from: plane * height + above, rows: Math.min(layout.block.height, height - above) }, columns, rows);
      }
    }
    await rows.flush();
    copyShared(columns, planes * height, stripPixelBytes(this.#image));
    return { columns, bytesRead: rows.bytesRead };
  }

  #place(window: Window, strips: number): Columns {
    const buffer = ensureRoom(this.#spares.take(), columnBytes(this.#image, window));
    return { window, buffer, starts: new Uint32Array(strips), lengths: new Uint32Array(strips) };
  }

  /** @param strip its number in what is read, where it lies in the file, and which rows of what is read are its */
  async #readStrip(strip: { readonly number: number; readonly position: number; readonly from: number; readonly rows: number }, columns: readonly Columns[], reads: RowReads): Promise<void> {
    const { number, position, from, rows } = strip;
    const bytes = stripPixelBytes(this.#image);
    for (const { starts, lengths, window } of columns) {
      starts[number] = from * window.width * bytes;
      lengths[number] = rows * window.width * bytes;
    }
    for (let i = 0; i < rows; i++) {
      const start = position + i * this.#image.profile.width * bytes;
      let end = 0;
      for (const { buffer, window } of columns) {
        const { col, width } = window;
        const shared = Math.max(0, end - col);
        end = col + width;
        const at = ((from + i) * width + shared) * bytes;
        const read = reads.add(start + (col + shared) * bytes, new Uint8Array(buffer, at, (width - shared) * bytes));
        if (read !== undefined) await read;
      }
    }
  }
}

const columnsOf = ({ col, width }: Window): string => `${col} ${width}`;

const loadedOf = ({ buffer, starts, lengths }: Columns, bytesRead: number): LoadedBlocks => ({ buffer, starts, lengths, bytesRead });

/** Copies the columns that windows share with the one before them, which has them. */
function copyShared(columns: readonly Columns[], rows: number, pixelBytes: number): void {
  for (let k = 1; k < columns.length; k++) {
    const [before, own] = [columns[k - 1], columns[k]];
    const skip = own.window.col - before.window.col;
    const bytes = (before.window.width - skip) * pixelBytes;
    if (bytes <= 0) continue;
    const [from, into] = [new Uint8Array(before.buffer), new Uint8Array(own.buffer)];
    for (let row = 0; row < rows; row++) {
      const start = (row * before.window.width + skip) * pixelBytes;
      into.set(from.subarray(start, start + bytes), row * own.window.width * pixelBytes);
    }
  }
}

/** Reads of rows to places that do not lie one behind the other, as few as there can be. */
class RowReads {
  readonly #source: ByteSource;
  #reads: { readonly position: number; readonly pieces: Uint8Array[] }[] = [];
  #pieces = 0;
  #end = 0;
  #bytesRead = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** @returns undefined where it waits for what follows it */
  add(position: number, piece: Uint8Array): Promise<void> | undefined {
    const read = this.#pieces < MOST_PIECES ? undefined : this.flush();
    const last = this.#reads.at(-1);
    if (last !== undefined && position === this.#end) last.pieces.push(piece);
    else this.#reads.push({ position, pieces: [piece] });
    this.#pieces++;
    this.#end = position + piece.length;
    return read;
  }

  /** Reads what waits. */
  async flush(): Promise<void> {
    const reads = this.#reads.map(({ position, pieces }) => ({ position, into: new Pieces(pieces) }));
    this.#reads = [];
    this.#pieces = 0;
    for (const { into } of reads) this.#bytesRead += into.length;
    if (reads.length > 0) await this.#source.readPieces(reads);
  }
}
