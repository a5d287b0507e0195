const GRAIN = 64 * 1024;

/**
 * A buffer of at least `bytes`: the given one where it is large enough, else a new one with some room to spare, so
 * that tasks of about one size soon stop making new ones.
 */
export function ensureRoom(spare: ArrayBuffer | undefined, bytes: number): ArrayBuffer {
  if (spare !== undefined && spare.byteLength >= bytes) return spare;
  return new ArrayBuffer(Math.ceil((bytes * 1.125) / GRAIN) * GRAIN);
}

/**
 * Buffers that have done their work and wait for the next task. The pipeline moves a fixed set of buffers round: it
 * holds no more than are in use at one time, and fresh memory is not asked of the system for each task.
 */
export class SpareBuffers {
  readonly #spares: ArrayBuffer[] = [];

  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength > 0) this.#spares.push(buffer);
  }

  take(): ArrayBuffer | undefined {
    return this.#spares.pop();
  }
}

/** A few buffers of one size that come back in no order. */
export class BufferStock {
  readonly size: number;
  readonly #most: number;
  readonly #buffers: ArrayBuffer[] = [];

  /** @param size bytes of each @param most buffers that wait to be used again */
  constructor(size: number, most: number) {
    this.size = size;
    this.#most = most;
  }

  /** A buffer of at least `bytes`: of the stock's, unless it would be much too large or is too small. */
  take(bytes: number): ArrayBuffer {
    if (bytes > this.size || bytes < this.size / 2) return new ArrayBuffer(bytes);
    return this.#buffers.pop() ?? new ArrayBuffer(this.size);
  }

  /** @returns whether it is kept */
  give(buffer: ArrayBuffer): boolean {
    const isKept = buffer.byteLength === this.size && this.#buffers.length < this.#most;
    if (isKept) this.#buffers.push(buffer);
    return isKept;
  }
}
