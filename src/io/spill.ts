import { TemporaryFile } from './temporary-file.js';

/** Bytes that are kept for later: in memory, or at a place of the file. */
export interface Kept {
  readonly buffer: ArrayBuffer | undefined;
  readonly position: number;
  readonly byteLength: number;
}

/**
 * Keeps buffers for later: in memory as many as a bound allows, the others in a temporary file, where the places of those
 * that are let go of are used again. Used by one thread; calls may overlap.
 */
export class Spill {
  readonly #file: TemporaryFile;
  readonly #mostBytes: number;
  readonly #free = new Map<number, number[]>();
  #held = 0;
  #end = 0;
  #highWater = 0;

  constructor(folder: string, mostBytes: number) {
    this.#file = new TemporaryFile(folder);
    this.#mostBytes = mostBytes;
  }

  /** The most bytes that were in memory at one time. */
  get highWater(): number {
    return this.#highWater;
  }

  /** Bytes of the file. */
  get fileBytes(): number {
    return this.#end;
  }

  /** @throws IoError */
  async keep(buffer: ArrayBuffer): Promise<Kept> {
    const { byteLength } = buffer;
    if (this.#held + byteLength <= this.#mostBytes) {
      this.#held += byteLength;
      this.#highWater = Math.max(this.#highWater, this.#held);
      return { buffer, position: 0, byteLength };
    }
    let position = this.#free.get(byteLength)?.pop();
    if (position === undefined) {
      position = this.#end;
      this.#end += byteLength;
    }
    await this.#file.write(position, new Uint8Array(buffer));
    return { buffer: undefined, position, byteLength };
  }

  /** What was kept: the buffer itself, or a new one. @throws IoError */
  async get({ buffer, position, byteLength }: Kept): Promise<ArrayBuffer> {
    if (buffer !== undefined) return buffer;
    const read = new ArrayBuffer(byteLength);
    await this.#file.read(position, new Uint8Array(read));
    return read;
  }

  /** Lets go of it. */
  drop({ buffer, position, byteLength }: Kept): void {
    if (buffer !== undefined) {
      this.#held -= byteLength;
      return;
    }
    const places = this.#free.get(byteLength);
    if (places === undefined) this.#free.set(byteLength, [position]);
    else places.push(position);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
