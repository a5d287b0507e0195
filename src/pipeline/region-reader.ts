import { FormatError, UnsupportedError } from '../errors.js';
import { locationName } from '../io/location.js';
import type { Scratch } from '../kernels/scratch.js';
import { bandsOf, copyPixels, crop, fillPixels, type Pixels, pixelsOver } from '../raster/block.js';
import { DTYPES } from '../raster/dtype.js';
import { cellsOf, cellsTouching, cellWindow, type Grid, gridColumns } from '../raster/grid.js';
import { absentSample } from '../raster/nodata.js';
import { area, contains, intersect, type Size, type Window } from '../raster/window.js';
import { type BlockDecoder, isPlain, RoundedError } from '../tiff/block-decoder.js';
import type { BlockAt } from '../tiff/block-index.js';
import { bandsPerBlock, blockGrid, conversionOf, planeCount, storedRows } from '../tiff/block-layout.js';
import type { BlockCache } from './block-cache.js';
import { type EncodedBlocks, LeftOutError } from './encoded-blocks.js';
import type { PlanImage, PlanInput } from './plan.js';
import type { LoadedTask } from './reader.js';
import { SpreadCells } from './spread-cells.js';
import { readsColumns } from './strip-columns.js';

/** The images a run reads: the input's, and its mask's where it has one. Reader and worker count them in this order. */
export function imagesOf(input: PlanInput): PlanImage[] {
  if (input.stack !== undefined) return input.stack.flatMap((layer) => imagesOf(layer.input));
  const own: PlanImage = { ...input, profile: input.stored };
  return input.mask === null ? [own] : [own, input.mask];
}

/** The blocks of an image that a window needs: plane by plane, row by row. Reader and worker count them in this order. */
export function* blocksOf(input: PlanImage, window: Window): Generator<BlockAt> {
  const range = cellsTouching(blockGrid(input.profile, input.layout), window);
  for (let plane = 0; plane < planeCount(input.layout, input.profile.bands); plane++) {
    for (const { col, row } of cellsOf(range)) yield { plane, col, row };
  }
}

/** How many blocks of an image a window touches. */
export function blockCount({ layout, profile }: PlanImage, window: Window): number {
  const { cols, rows } = cellsTouching(blockGrid(profile, layout), window);
  return cols * rows * planeCount(layout, profile.bands);
}

/** The smallest part of rasters that tasks need not share: a block, or where `readsColumns` any pixels. @param inputs the first one's blocks count */
export function unitOf(...inputs: readonly PlanInput[]): Size {
  return inputs.flatMap(imagesOf).every(readsColumns) ? { width: 1, height: 1 } : inputs[0].layout.block;
}

/**
 * Makes the pixels of any window from encoded blocks. Lives in one worker; the pixels it returns are good until the
 * next call. A window inside one block is a view of that block; any other is put together.
 */
export class RegionReader {
  readonly #input: PlanImage;
  readonly #decoder: BlockDecoder;
  readonly #grid: Grid;
  readonly #fill: number;
  readonly #cache: BlockCache | null;
  readonly #room: Scratch;
  readonly #readsColumns: boolean;
  readonly #cells: SpreadCells | null;
  #spreadTask: LoadedTask | undefined;
  #held: { readonly task: LoadedTask; readonly whole: Window; readonly pixels: Pixels } | undefined;

  /**
   * @param cache where decoded blocks are kept; null: nowhere
   * @param room where windows are put together
   * @param cells of these each window of a task is one, wherever it is one; null: windows are any
   */
  constructor(input: PlanImage, decoder: BlockDecoder, { cache, room, cells }: { readonly cache: BlockCache | null; readonly room: Scratch; readonly cells: Grid | null }) {
    this.#cells = cells && new SpreadCells(cells, input.profile, room);
    this.#cache = cache;
    this.#room = room;
    this.#input = input;
    this.#decoder = decoder;
    this.#grid = blockGrid(input.profile, input.layout);
    this.#readsColumns = readsColumns(input);
    this.#fill = absentSample(input.profile.dtype, input.profile.nodata);
  }

  /** @throws FormatError where a block is damaged, UnsupportedError where it is of a kind that is not decoded */
  read(window: Window, encoded: EncodedBlocks): Pixels {
    const { profile, layout } = this.#input;
    if (this.#cells?.hasCell(window) === true) return this.#spread(window, encoded, this.#cells);
    if (this.#readsColumns) {
      const loaded = this.#asLoaded(window, encoded) ?? this.#copyRuns(window, encoded);
      if (loaded !== undefined) return loaded;
    }
    const range = cellsTouching(this.#grid, window);
    if (range.cols === 1 && range.rows === 1 && planeCount(layout, profile.bands) === 1) return this.#fromOne({ plane: 0, col: range.col, row: range.row }, window, encoded);
    const region = this.#region(window);
    for (const at of this.#inGoodOrder(blocksOf(this.#input, window))) {
      this.#use(at, encoded, (block) => this.#copy(block, at, encoded, { region, window }));
    }
    return region;
  }

  /** A window inside one block: a view of it where it was decoded for this, else a copy. */
  #fromOne(at: BlockAt, window: Window, encoded: EncodedBlocks): Pixels {
    let pixels: Pixels | undefined;
    this.#use(at, encoded, (block, isKept) => {
      if (block !== null && !isKept) {
        pixels = crop(block, this.#windowOf(at, encoded), window);
        return;
      }
      const region = this.#region(window);
      this.#copy(block, at, encoded, { region, window });
      pixels = region;
    });
    return pixels!;
  }

  /** Copies what a window has of a block. */
  #copy(block: Pixels | null, at: BlockAt, encoded: EncodedBlocks, { region, window }: { readonly region: Pixels; readonly window: Window }): void {
    const { profile, layout } = this.#input;
    const blockWindow = this.#windowOf(at, encoded);
    const shared = intersect(blockWindow, window)!;
    const into = bandsOf(crop(region, window, shared), at.plane, bandsPerBlock(layout, profile.bands));
    if (block === null) fillPixels(into, this.#fill);
    else copyPixels(contains(shared, blockWindow) ? block : crop(block, blockWindow, shared), into);
  }

  /** Blocks that another worker decodes just now come last: by then it has. */
  *#inGoodOrder(blocks: Iterable<BlockAt>): Generator<BlockAt> {
    const later: BlockAt[] = [];
    for (const at of blocks) {
      if (this.#cache?.isBeingDecoded(this.#placeOf(at)) === true) later.push(at);
      else yield at;
    }
    yield* later;
  }

  /** A block's place in the cache. */
  #placeOf({ plane, col, row }: BlockAt): { readonly col: number; readonly row: number } {
    return { col: plane * gridColumns(this.#grid) + col, row };
  }

  /** A window where it was loaded, of one plane whose samples lie as they are, row behind row; undefined where they do not. */
  #asLoaded(window: Window, encoded: EncodedBlocks): Pixels | undefined {
    const { profile, layout } = this.#input;
    // Pixels that are converted where they lie would be so again with the next window that has them.
    if (planeCount(layout, profile.bands) > 1 || layout.conversion !== null) return undefined;
    if (this.#held?.task !== encoded.task || !contains(this.#held.whole, window)) {
      const run = this.#runOf(0, window, encoded);
      if (run === undefined) return undefined;
      const { buffer, byteOffset } = this.#room.hold(run.bytes);
      this.#held = { task: encoded.task, whole: run.whole, pixels: this.#pixelsOf({ buffer, byteOffset }, run.whole) };
      this.#spreadTask = undefined;
    }
    return crop(this.#held.pixels, this.#held.whole, window);
  }

  /** As `#asLoaded` of any planes, but a copy. */
  #copyRuns(window: Window, encoded: EncodedBlocks): Pixels | undefined {
    const { profile, layout } = this.#input;
    const runs = Array.from({ length: planeCount(layout, profile.bands) }, (_, plane) => this.#runOf(plane, window, encoded));
    if (runs.includes(undefined)) return undefined;
    const region = this.#region(window);
    const bands = bandsPerBlock(layout, profile.bands);
    runs.forEach((run, plane) => copyPixels(crop(this.#pixelsOf(run!.bytes, run!.whole), run!.whole, window), bandsOf(region, plane, bands)));
    return region;
  }

  /** The bytes of the strips of a plane that a window touches, and their pixels' place, where all of them lie one behind the other and are samples. */
  #runOf(plane: number, window: Window, encoded: EncodedBlocks): { readonly bytes: Uint8Array; readonly whole: Window } | undefined {
    const { profile, layout } = this.#input;
    if (!isPlain(layout, profile.dtype)) return undefined;
    const { row, rows } = cellsTouching(this.#grid, window);
    const whole = { ...encoded.window, row: row * layout.block.height, height: Math.min(profile.height - row * layout.block.height, rows * layout.block.height) };
    const bytes = encoded.run({ plane, col: 0, row }, rows);
    const size = DTYPES[profile.dtype].bytes;
    return bytes === null || bytes.length !== area(whole) * bandsPerBlock(layout, profile.bands) * size || bytes.byteOffset % size !== 0 ? undefined : { bytes, whole };
  }

  #pixelsOf({ buffer, byteOffset }: Pick<Uint8Array, 'buffer' | 'byteOffset'>, whole: Window): Pixels {
    const { profile, layout } = this.#input;
    const bands = bandsPerBlock(layout, profile.bands);
    return pixelsOver(DTYPES[profile.dtype].over(buffer, byteOffset, area(whole) * bands), whole, bands, 'pixel');
  }

  /** Takes a cell from those that the blocks of a task are spread over, which all of them are with the first one. */
  #spread(window: Window, encoded: EncodedBlocks, cells: SpreadCells): Pixels {
    if (this.#spreadTask !== encoded.task) {
      this.#spreadTask = undefined;
      this.#held = undefined;
      cells.start(encoded.footprint);
      const bands = bandsPerBlock(this.#input.layout, this.#input.profile.bands);
      for (const at of blocksOf(this.#input, encoded.footprint)) {
        cells.put(this.#decode(at, encoded) ?? this.#fill, at.plane, this.#windowOf(at, encoded), bands);
      }
      this.#spreadTask = encoded.task;
    }
    return cells.at(window);
  }

  /** The pixels of the image that were loaded of a block. */
  #windowOf(at: BlockAt, { window }: EncodedBlocks): Window {
    const whole = cellWindow(this.#grid, at);
    return this.#readsColumns ? { ...whole, col: window.col, width: window.width } : whole;
  }

  /** Hands over a block's pixels, decoded now or before. */
  #use(at: BlockAt, encoded: EncodedBlocks, use: (block: Pixels | null, isKept: boolean) => void): void {
    if (this.#cache === null || (encoded.of(at).length === 0 && !encoded.isLeftOut(at))) {
      use(this.#decode(at, encoded), false);
      return;
    }
    const { profile, layout } = this.#input;
    const shape = { ...cellWindow(this.#grid, at), bands: bandsPerBlock(layout, profile.bands) };
    this.#cache.use(this.#placeOf(at), shape, () => this.#decode(at, encoded)!, use);
  }

  /** The pixels of one block, clipped to the image; null where it is not stored. */
  #decode(at: BlockAt, encoded: EncodedBlocks): Pixels | null {
    const bytes = encoded.of(at);
    if (encoded.isLeftOut(at)) throw new LeftOutError();
    if (bytes.length === 0) return null;
    const { profile, layout } = this.#input;
    const clipped = this.#windowOf(at, encoded);
    const whole = { ...clipped, width: this.#readsColumns ? clipped.width : layout.block.width, height: storedRows(this.#grid, layout, at.row) };
    try {
      const samples = this.#decoder.decode(bytes, whole);
      const pixels = pixelsOver(samples, whole, bandsPerBlock(layout, profile.bands), 'pixel');
      return crop(pixels, whole, clipped);
    } catch (cause) {
      const name = locationName(this.#input.path);
      const band = layout.interleave === 'band' ? ` of band ${at.plane + 1}` : '';
      const where = `block at column ${at.col}, row ${at.row}${band}`;
      if (cause instanceof FormatError) throw new FormatError(`${name}: damaged: ${where}: ${cause.message}`, { cause });
      if (!(cause instanceof UnsupportedError)) throw cause;
      throw new UnsupportedError(`${name}: ${where}: ${cause.message}${cause instanceof RoundedError ? '' : `, ${conversionOf(name)}`}`, { cause });
    }
  }

  /** Room for a window in the input's own interleave, reused from call to call. */
  #region(window: Window): Pixels {
    // Cells, or rows as they were loaded, were in the same room.
    this.#spreadTask = undefined;
    this.#held = undefined;
    const { dtype, bands, interleave } = this.#input.profile;
    const length = window.width * window.height * bands;
    const bytes = this.#room.take(length * DTYPES[dtype].bytes);
    return pixelsOver(DTYPES[dtype].over(bytes.buffer, bytes.byteOffset, length), window, bands, interleave);
  }
}
