import { type Access, STANDARD_ACCESS } from '../io/access.js';
import type { ByteSource } from '../io/byte-source.js';
import { openSource } from '../io/open-source.js';
import { IoError } from '../errors.js';
import type { Handler, Reply } from '../pools/stage.js';
import { cellsOf, cellsTouching, type Grid, gridColumns } from '../raster/grid.js';
import type { Window } from '../raster/window.js';
import { BlockIndex } from '../tiff/block-index.js';
import { blockGrid } from '../tiff/block-layout.js';
import { readHeader } from '../tiff/ifd.js';
import { describeImage } from '../tiff/image.js';
import { ensureRoom } from './buffers.js';
import { aligned, contentOf, type LoadedBlocks } from './loaded-blocks.js';
import { LookAhead } from './look-ahead.js';
import type { PlanImage } from './plan.js';
import { readRanges } from './ranges.js';
import { blockCount, blocksOf } from './region-reader.js';
import type { SourceRange } from './span.js';
import { columnBytes, fetchedWindow, readsColumns } from './strip-columns.js';
import { StripReader } from './strip-reader.js';
import { TaskWindows } from './task-windows.js';

/** Asks for the encoded blocks of one task. */
export interface ReadRequest {
  readonly task: number;
  /** The pixels whose blocks are wanted. */
  readonly window: Window;
  /** As `ComingWindows` tells them; null: the task's blocks are wanted once more, outside of the order. */
  readonly coming: readonly Window[] | null;
  /** Of the task's blocks, numbered as `blocksOf` orders them, those that workers have; none by default. */
  readonly leftOut?: readonly number[] | undefined;
  /** A buffer to put them in, if it is large enough. */
  readonly spare: ArrayBuffer | undefined;
}

/** The encoded blocks of one task, in the order of `blocksOf`; of images with `readsColumns` the window's columns of them. */
export interface LoadedTask extends LoadedBlocks {
  readonly task: number;
  /** Blocks, by their numbers, that are stored and were left out. */
  readonly leftOut: readonly number[];
  readonly seconds: number;
}

const NOTHING = { position: 0, length: 0 };
const NONE: readonly number[] = [];

/** What the reader must know. */
export interface ReaderSetup {
  /** The images to read. Their blocks come in this order. */
  readonly images: readonly PlanImage[];
  /** How remote images are reached; the standard way where it is left out. */
  readonly access?: Access | undefined;
  /** Bytes on either side of each block that are fetched with it; none by default. */
  readonly beside?: number;
}

/** Opens the reader: it fetches bytes and does nothing else to them. Runs in the reader thread, or in a process that reads itself. */
export async function open(setup: unknown): Promise<Handler> {
  const { images: wanted, access = STANDARD_ACCESS, beside = 0 } = setup as ReaderSetup;
  const images = await openImages(wanted, access);
  const rangesOf = async (window: Window): Promise<SourceRange[]> => {
    const ranges: SourceRange[] = [];
    for (const [i, { image, source, index, strips }] of images.entries()) {
      const isGathered = strips !== undefined && strips.gathers(window);
      for (const at of blocksOf(image, window)) {
        const block = numberOf(images, i, at);
        const { position, length } = isGathered ? NOTHING : await index.locate(at);
        ranges.push(length === 0 ? { source, block, position, length } : { source, block, position: position - beside, length: length + 2 * beside });
      }
    }
    return ranges;
  };
  // A local file is read in the time that asking ahead would take.
  const isRemote = images.some(({ source }) => source.remote !== undefined);
  const ahead = isRemote ? new LookAhead({ rangesOf, blocksOf: (window) => numbersIn(images, window), bytes: access.aheadBytes }) : undefined;
  const windows = new TaskWindows();
  return {
    handle: async (item): Promise<Reply> => {
      const { task, window, coming, leftOut = NONE, spare } = item as ReadRequest;
      const started = performance.now();
      if (coming !== null) windows.tell(task, coming);
      const { without, blocks } = ahead === undefined || coming === null ? await readBlocks(await rangesOf(window), leftOut, spare) : { without: NONE, blocks: await ahead.load(task, coming, spare) };
      const loaded = await addColumns(images, blocks, window, () => (coming === null ? [window] : windows.beside(task, window)));
      const value: LoadedTask = { task, leftOut: without, ...loaded, seconds: (performance.now() - started) / 1000 };
      return { value, transfer: [loaded.buffer, loaded.starts.buffer as ArrayBuffer, loaded.lengths.buffer as ArrayBuffer] };
    },
    interrupt: () => images.forEach(({ source }) => source.remote?.interrupt()),
    dispose: () => closeImages(images),
  };
}

/** Has a reader that was opened in this thread load a task. */
export async function loadTask(reader: Handler, request: ReadRequest): Promise<LoadedTask> {
  return (await reader.handle(request)).value as LoadedTask;
}

/** Reads blocks, without those to leave out that are stored. */
async function readBlocks(ranges: readonly SourceRange[], leftOut: readonly number[], spare: ArrayBuffer | undefined): Promise<{ readonly without: readonly number[]; readonly blocks: LoadedBlocks }> {
  const without = leftOut.filter((number) => ranges[number].length > 0);
  const wanted = [...ranges];
  for (const number of without) wanted[number] = { ...ranges[number], ...NOTHING };
  return { without, blocks: await readRanges(wanted, spare) };
}

/** A number for the blocks of all planes at one place of one image. */
function numberOf(images: readonly OpenImage[], i: number, { col, row }: { readonly col: number; readonly row: number }): number {
  return (row * gridColumns(images[i].grid) + col) * images.length + i;
}

function* numbersIn(images: readonly OpenImage[], window: Window): Generator<number> {
  for (const [i, { grid }] of images.entries()) for (const at of cellsOf(cellsTouching(grid, window))) yield numberOf(images, i, at);
}

interface OpenImage {
  readonly grid: Grid;
  readonly image: PlanImage;
  readonly source: ByteSource;
  readonly index: BlockIndex;
  /** Of an image with `readsColumns`. */
  readonly strips: StripReader | undefined;
}

/** Opens all of them, or none: where one fails, those before it are closed, as nobody else would in a program that lives on. */
async function openImages(wanted: readonly PlanImage[], access: Access): Promise<OpenImage[]> {
  const images: OpenImage[] = [];
  try {
    for (const image of wanted) images.push(await openImage(image, access));
  } catch (error) {
    await closeImages(images);
    throw error;
  }
  return images;
}

async function closeImages(images: readonly OpenImage[]): Promise<void> {
  for (const { source } of images) await source.close();
}

async function openImage(image: PlanImage, access: Access): Promise<OpenImage> {
  const source = await openSource(image.path, access, image.version);
  try {
    return await describeOpen(image, source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** @throws IoError where it is another one than was planned with; FormatError */
async function describeOpen(image: PlanImage, source: ByteSource): Promise<OpenImage> {
  if (source.size !== image.bytes) {
    throw new IoError(`${source.name}: changed while it was being read: ${image.bytes} bytes before, ${source.size} now`);
  }
  const { little, directories } = await readHeader(source);
  const described = await describeImage(source, directories[image.directory], little);
  const index = new BlockIndex(source, described, little);
  const strips = readsColumns(image) ? new StripReader(image, source, index) : undefined;
  return { image, source, index, strips, grid: blockGrid(image.profile, image.layout) };
}

/** Puts the columns of strips behind the blocks of other images. @param beside the window, and those of tasks behind it in the same rows */
async function addColumns(images: readonly OpenImage[], blocks: LoadedBlocks, window: Window, beside: () => readonly Window[]): Promise<LoadedBlocks> {
  const gathered = images.filter(({ strips }) => strips?.gathers(window) === true);
  if (gathered.length === 0) return blocks;
  if (images.length === 1) {
    const strips = images[0].strips!;
    strips.give(blocks.buffer);
    return strips.load(window, beside());
  }
  const { starts, lengths } = blocks;
  let at = aligned(contentOf(blocks).length);
  const bytes = gathered.reduce((sum, { image }) => sum + aligned(columnBytes(image, fetchedWindow(image, window))), at);
  const buffer = ensureRoom(blocks.buffer, bytes);
  const into = new Uint8Array(buffer);
  if (buffer !== blocks.buffer) into.set(contentOf(blocks));
  let { bytesRead } = blocks;
  let first = 0;
  for (const { image, strips } of images) {
    if (strips?.gathers(window) === true) {
      const columns = await strips.load(window, beside());
      const own = columnBytes(image, fetchedWindow(image, window));
      into.set(new Uint8Array(columns.buffer, 0, own), at);
      columns.starts.forEach((start, i) => (starts[first + i] = at + start));
      lengths.set(columns.lengths, first);
      strips.give(columns.buffer);
      bytesRead += columns.bytesRead;
      at += aligned(own);
    }
    first += blockCount(image, window);
  }
  return { ...blocks, buffer, bytesRead };
}
