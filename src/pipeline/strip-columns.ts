import { isRemote } from '../io/location.js';
import { coveringCells } from '../raster/grid.js';
import { contains, type Window } from '../raster/window.js';
import type { ByteSource } from '../io/byte-source.js';
import type { BlockIndex } from '../tiff/block-index.js';
import { bandsPerBlock, blockGrid, planeCount } from '../tiff/block-layout.js';
import { storedRowBytes } from '../tiff/sample-type.js';
import type { LoadedBlocks } from './loaded-blocks.js';
import type { PlanImage } from './plan.js';
import { readRanges } from './ranges.js';

/** Strips that lie in memory for the tasks beside each other, at most; of wider ones a part. */
const HELD_BYTES = 64 * 1024 * 1024;
const ALIGNMENT = 8;

/**
 * Whether the reader gives workers no more of the strips than the columns that they want. So a task need not be rows as wide as
 * the raster, which fit no cache: uncompressed strips of a file can be taken apart without being decoded. Of those behind a
 * network whole rows are fetched.
 */
export function readsColumns({ layout, path }: Pick<PlanImage, 'layout' | 'path'>): boolean {
  return layout.codec === 'none' && !layout.padded && layout.sample.bits % 8 === 0 && !isRemote(path);
}

/** The pixels that come of an image where a task needs those of a window: whole blocks, or whole rows of the window's columns. */
export function fetchedWindow(image: PlanImage, window: Window): Window {
  const whole = coveringCells(blockGrid(image.profile, image.layout), window);
  return readsColumns(image) ? { ...whole, col: window.col, width: window.width } : whole;
}

/** The bytes that the reader holds where tasks need windows of this size. */
export function heldBytes(image: PlanImage, window: Window): number {
  if (!readsColumns(image) || window.width === image.profile.width) return 0;
  return bytesIn(image, heldWindow(image, fetchedWindow(image, window)));
}

/** What is held of the rows of a window: all columns, or as many from the window's on as there is memory for. */
function heldWindow(image: PlanImage, { col, row, width, height }: Window): Window {
  const { width: all } = image.profile;
  const most = Math.max(width, Math.floor(HELD_BYTES / bytesIn(image, { col, row, width: 1, height })));
  return most >= all ? { col: 0, row, width: all, height } : { col, row, width: Math.min(most, all - col), height };
}

function pixelBytes({ layout, profile }: PlanImage): number {
  return storedRowBytes(layout.sample, bandsPerBlock(layout, profile.bands));
}

function bytesIn(image: PlanImage, { width, height }: Window): number {
  return width * height * pixelBytes(image) * planeCount(image.layout, image.profile.bands);
}

/**
 * Gathers the columns of windows from uncompressed strips. Tasks beside each other share rows: these are read once, as
 * wide as they are, and held. Lives in the reader.
 */
export class StripColumns {
  readonly #image: PlanImage;
  readonly #source: ByteSource;
  readonly #index: BlockIndex;
  #held: (LoadedBlocks & { readonly window: Window }) | undefined;

  constructor(image: PlanImage, source: ByteSource, index: BlockIndex) {
    this.#image = image;
    this.#source = source;
    this.#index = index;
  }

  /** Whether a window's strips are taken apart: those that are as wide as it are not. */
  gathers({ width }: Window): boolean {
    return width < this.#image.profile.width;
  }

  /** The room that `gather` needs for a window; 0 where it is not for it. */
  bytesOf(window: Window): number {
    return this.gathers(window) ? Math.ceil(bytesIn(this.#image, fetchedWindow(this.#image, window)) / ALIGNMENT) * ALIGNMENT + ALIGNMENT : 0;
  }

  /**
   * @param at where in `into` they are put
   * @param blocks receives where, from the number `first` on
   * @returns bytes read from the file
   */
  async gather(window: Window, into: Uint8Array, at: number, { starts, lengths, first }: Pick<LoadedBlocks, 'starts' | 'lengths'> & { readonly first: number }): Promise<number> {
    const { layout, profile } = this.#image;
    const fetched = fetchedWindow(this.#image, window);
    const { col, row, width, height } = fetched;
    const isHeld = this.#held !== undefined && contains(this.#held.window, fetched);
    const held = isHeld ? this.#held! : await this.#hold(heldWindow(this.#image, fetched));
    const from = new Uint8Array(held.buffer);
    const skip = (col - held.window.col) * pixelBytes(this.#image);
    const bytes = width * pixelBytes(this.#image);
    let to = Math.ceil(at / ALIGNMENT) * ALIGNMENT;
    let number = first;
    for (let plane = 0; plane < planeCount(layout, profile.bands); plane++) {
      for (let above = 0; above < height; above += layout.block.height, number++) {
        const rows = Math.min(layout.block.height, height - above);
        const place = plane * held.window.height + row - held.window.row + above;
        if (held.lengths[place] === 0) continue;
        starts[number] = to;
        lengths[number] = rows * bytes;
        for (let i = place; i < place + rows; i++, to += bytes) into.set(from.subarray(held.starts[i] + skip, held.starts[i] + skip + bytes), to);
      }
    }
    return isHeld ? 0 : held.bytesRead;
  }

  /** Reads rows, in the order plane by plane, as blocks of their own. */
  async #hold(window: Window): Promise<LoadedBlocks & { readonly window: Window }> {
    const { layout, profile } = this.#image;
    const stride = pixelBytes(this.#image);
    const { col, row, width, height } = window;
    const ranges = [];
    for (let plane = 0; plane < planeCount(layout, profile.bands); plane++) {
      for (let above = 0; above < height; above += layout.block.height) {
        const { position, length } = await this.#index.locate({ plane, col: 0, row: (row + above) / layout.block.height });
        for (let i = 0; i < Math.min(layout.block.height, height - above); i++) {
          const start = position + (i * profile.width + col) * stride;
          ranges.push({ source: this.#source, block: ranges.length, position: start, length: length === 0 ? 0 : width * stride });
        }
      }
    }
    const spare = this.#held?.buffer;
    this.#held = undefined;
    this.#held = { ...(await readRanges(ranges, spare)), window };
    return this.#held;
  }
}
