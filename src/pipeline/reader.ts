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
import { LookAhead } from './look-ahead.js';
import type { PlanImage } from './plan.js';
import { blocksOf } from './region-reader.js';
import type { SourceRange } from './span.js';

/** Asks for the encoded blocks of one task. */
export interface ReadRequest {
  readonly task: number;
  /** The pixels whose blocks are wanted. */
  readonly window: Window;
  /** As `ComingWindows` tells them; null: the task's blocks are wanted once more, outside of the order. */
  readonly coming: readonly Window[] | null;
  /** A buffer to put them in, if it is large enough. */
  readonly spare: ArrayBuffer | undefined;
}

/** The encoded blocks of one task, in the order of `blocksOf`. */
export interface LoadedTask {
  readonly task: number;
  readonly buffer: ArrayBuffer;
  /** Where each block starts in the buffer, and how long it is; 0: not stored. */
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  /** Bytes read from the file. */
  readonly bytesRead: number;
  readonly seconds: number;
}

/** Blocks with no more than this between them are fetched in one read. */
const GAP_BYTES = 4096;
const ALIGNMENT = 8;

/** What the reader must know. */
export interface ReaderSetup {
  /** The images to read. Their blocks come in this order. */
  readonly images: readonly PlanImage[];
  /** How remote images are reached; the standard way where it is left out. */
  readonly access?: Access | undefined;
  /** Bytes on either side of each block that are fetched with it; none by default. */
  readonly beside?: number;
}

/** Opens the reader: it fetches bytes and does nothing else to them. Runs in the reader thread. */
export async function open(setup: unknown): Promise<Handler> {
  const { images: wanted, access = STANDARD_ACCESS, beside = 0 } = setup as ReaderSetup;
  const images: OpenImage[] = [];
  for (const image of wanted) images.push(await openImage(image, access));
  const rangesOf = async (window: Window): Promise<SourceRange[]> => {
    const ranges: SourceRange[] = [];
    for (const [i, { image, source, index }] of images.entries()) {
      for (const at of blocksOf(image, window)) {
        const block = numberOf(images, i, at);
        const { position, length } = await index.locate(at);
        ranges.push(length === 0 ? { source, block, position, length } : { source, block, position: position - beside, length: length + 2 * beside });
      }
    }
    return ranges;
  };
  // A local file is read in the time that asking ahead would take.
  const isRemote = images.some(({ source }) => source.remote !== undefined);
  const ahead = isRemote ? new LookAhead({ rangesOf, blocksOf: (window) => numbersIn(images, window), bytes: access.aheadBytes }) : undefined;
  return {
    handle: async (item): Promise<Reply> => {
      const { task, window, coming, spare } = item as ReadRequest;
      const started = performance.now();
      const loaded = ahead === undefined || coming === null ? await readRanges(await rangesOf(window), spare) : await ahead.load(task, coming, spare);
      const value: LoadedTask = { task, ...loaded, seconds: (performance.now() - started) / 1000 };
      return { value, transfer: [loaded.buffer, loaded.starts.buffer as ArrayBuffer, loaded.lengths.buffer as ArrayBuffer] };
    },
    interrupt: () => images.forEach(({ source }) => source.remote?.interrupt()),
    dispose: async () => {
      for (const { source } of images) await source.close();
    },
  };
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
}

async function openImage(image: PlanImage, access: Access): Promise<OpenImage> {
  const source = await openSource(image.path, access, image.version);
  if (source.size !== image.bytes) {
    throw new IoError(`${source.name}: changed while it was being read: ${image.bytes} bytes before, ${source.size} now`);
  }
  const { little, directories } = await readHeader(source);
  const described = await describeImage(source, directories[image.directory], little);
  return { image, source, index: new BlockIndex(source, described, little), grid: blockGrid(image.profile, image.layout) };
}

/** Reads ranges into one buffer, neighbours in one read. A range that occurs twice is read once. */
async function readRanges(
  ranges: readonly SourceRange[],
  spare: ArrayBuffer | undefined,
): Promise<Omit<LoadedTask, 'task' | 'seconds'>> {
  const starts = new Uint32Array(ranges.length);
  const lengths = Uint32Array.from(ranges, ({ length }) => length);
  const sources = [...new Set(ranges.map(({ source }) => source))];
  const order = [...ranges.keys()].filter((i) => lengths[i] > 0);
  order.sort((a, b) => sources.indexOf(ranges[a].source) - sources.indexOf(ranges[b].source) || ranges[a].position - ranges[b].position);
  const reads: { source: ByteSource; position: number; end: number; at: number }[] = [];
  let total = 0;
  for (const i of order) {
    const { source, position, length } = ranges[i];
    let read = reads.at(-1);
    if (read === undefined || source !== read.source || position > read.end + GAP_BYTES) {
      if (read !== undefined) total += read.end - read.position;
      total = Math.ceil(total / ALIGNMENT) * ALIGNMENT;
      read = { source, position, end: position, at: total };
      reads.push(read);
    }
    read.end = Math.max(read.end, position + length);
    starts[i] = read.at + position - read.position;
  }
  const last = reads.at(-1);
  const buffer = ensureRoom(spare, last === undefined ? 0 : last.at + last.end - last.position);
  let bytesRead = 0;
  for (const { source, position, end, at } of reads) {
    await source.read(position, new Uint8Array(buffer, at, end - position));
    bytesRead += end - position;
  }
  return { buffer, starts, lengths, bytesRead };
}
