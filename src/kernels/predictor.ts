import { bytesAt, openKernel, pointerTo, Room } from './memory.js';

type Undo = (data: number, length: number, rowBytes: number, pixelBytes: number, room: number) => void;
type Redo = (data: number, length: number, rowBytes: number, pixelBytes: number) => void;
type Planes = (data: number, length: number, rowBytes: number, bytes: number, room: number) => void;
type Kernel = Record<'undo8' | 'undo16' | 'undo32' | 'undo64', Undo> &
  Record<'redo8' | 'redo16' | 'redo32' | 'redo64', Redo> &
  Record<'joinPlanes' | 'splitPlanes', Planes>;

/** How the bytes of a block lie; its data are whole rows. */
export interface SampleRows {
  /** Bytes of one sample: 1, 2, 4 or 8 for differences; 3 too for planes. */
  readonly bytes: number;
  /** Samples from one to the one it differs from. */
  readonly bands: number;
  readonly rowSamples: number;
}

/** What the kernel may read beyond the data. */
const VECTOR = 16;

const copy = new Room();
const room = new Room();

/** Predictor 2: differences to samples, modulo 2^bits. */
export function undoDifferences(data: Uint8Array, { bytes, bands, rowSamples }: SampleRows): void {
  const undo = kernel()[`undo${(bytes * 8) as 8 | 16 | 32 | 64}`];
  inMemory(data, (at) => undo(at, data.length, rowSamples * bytes, bands * bytes, room.reserve(VECTOR)));
}

export function applyDifferences(data: Uint8Array, { bytes, bands, rowSamples }: SampleRows): void {
  const redo = kernel()[`redo${(bytes * 8) as 8 | 16 | 32 | 64}`];
  inMemory(data, (at) => redo(at, data.length, rowSamples * bytes, bands * bytes));
}

/** Predictor 3: each row is its samples' most significant bytes, then the next ones …, all of it differenced byte by byte. */
export function undoBytePlanes(data: Uint8Array, { bytes, bands, rowSamples }: SampleRows): void {
  const { undo8, joinPlanes } = kernel();
  const rowBytes = rowSamples * bytes;
  const space = room.reserve(rowBytes + VECTOR);
  inMemory(data, (at) => {
    undo8(at, data.length, rowBytes, bands, space);
    joinPlanes(at, data.length, rowBytes, bytes, space);
  });
}

export function applyBytePlanes(data: Uint8Array, { bytes, bands, rowSamples }: SampleRows): void {
  const { redo8, splitPlanes } = kernel();
  const rowBytes = rowSamples * bytes;
  const space = room.reserve(rowBytes + VECTOR);
  inMemory(data, (at) => {
    splitPlanes(at, data.length, rowBytes, bytes, space);
    redo8(at, data.length, rowBytes, bands);
  });
}

const kernel = (): Kernel => openKernel('predictor') as Kernel;

/** Changes data where they are, or in a copy of data that are in no kernel's reach. */
function inMemory(data: Uint8Array, change: (pointer: number) => void): void {
  const own = pointerTo(data);
  if (own !== undefined) {
    change(own);
    return;
  }
  const pointer = copy.reserveLike(data, VECTOR);
  const bytes = bytesAt(pointer, data.length);
  bytes.set(data);
  change(pointer);
  data.set(bytes);
}
