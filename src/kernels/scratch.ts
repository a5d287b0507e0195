import { bytesAt, pointerTo, Room } from './memory.js';

/** Room for bytes until it is asked for the next time: the same place as long as it suffices. What is in it may be anything. */
export interface Scratch {
  /** So many bytes; where they begin is a multiple of 8. */
  readonly take: (bytes: number) => Uint8Array;
  /** The same bytes, where those can work on them that the room is for; they begin as far from a multiple of 8 as before. */
  readonly hold: (bytes: Uint8Array) => Uint8Array;
}

/** Where scratches come from. */
export interface Scratches {
  readonly open: () => Scratch;
}

/** Any code's memory. */
export const HEAP: Scratches = {
  open: () => {
    let room = new Uint8Array(0);
    return {
      take: (bytes) => {
        if (room.length < bytes) room = new Uint8Array(bytes);
        return room.subarray(0, bytes);
      },
      hold: (bytes) => bytes,
    };
  },
};

/** What kernels may read behind the last byte. */
const SLACK = 32;
/** Larger ones are in any code's memory: that of the kernels is never given back, and is no more than 4 GB. */
const MOST = 256 * 1024 * 1024;

/** The memory of a thread's kernels: what is there they take as it is, without a copy. */
export class KernelScratches implements Scratches {
  readonly #rooms: Room[] = [];

  open(): Scratch {
    const room = new Room();
    const large = HEAP.open();
    this.#rooms.push(room);
    return {
      take: (bytes) => (bytes > MOST ? large.take(bytes) : bytesAt(room.reserve(bytes + SLACK), bytes)),
      hold: (bytes) => {
        if (bytes.length > MOST || pointerTo(bytes) !== undefined) return bytes;
        const held = bytesAt(room.reserveLike(bytes, SLACK), bytes.length);
        held.set(bytes);
        return held;
      },
    };
  }

  /** Gives the places of all of them to others. */
  release(): void {
    for (const room of this.#rooms) room.release();
  }
}
