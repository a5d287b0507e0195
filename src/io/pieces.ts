/** Places in memory that the bytes of one range go to, one behind the other. */
export class Pieces {
  readonly all: readonly Uint8Array[];
  /** Bytes in all. */
  readonly length: number;

  constructor(all: readonly Uint8Array[]) {
    this.all = all;
    this.length = all.reduce((sum, { length }) => sum + length, 0);
  }

  /** Those of the bytes from `start` to `end`. */
  slice(start: number, end = this.length): Pieces {
    const parts: Uint8Array[] = [];
    let at = 0;
    for (const piece of this.all) {
      const [from, to] = [Math.max(0, start - at), Math.min(piece.length, end - at)];
      if (from < to) parts.push(piece.subarray(from, to));
      at += piece.length;
    }
    return new Pieces(parts);
  }

  /** The place of the bytes from `offset` on, as far as they lie in one piece. @throws RangeError where they have none */
  at(offset: number): Uint8Array {
    let left = offset;
    for (const piece of this.all) {
      if (left < piece.length) return piece.subarray(left);
      left -= piece.length;
    }
    throw new RangeError(`byte ${offset} of ${this.length} has no place`);
  }

  /** Puts bytes where they go. @throws RangeError where there are more than go there */
  set(bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length; ) {
      const room = this.at(offset + done);
      const count = Math.min(room.length, bytes.length - done);
      room.set(bytes.subarray(done, done + count));
      done += count;
    }
  }
}
