import { leaveGarbage } from '../kernels/garbage.js';

/** A part of an overview's tile, as a worker is given it. */
interface UsedPart {
  readonly buffer: ArrayBuffer;
  /** Whether nobody will be given it any more. */
  readonly isLast: boolean;
}

/**
 * Lets go of parts of overviews when nobody needs them any more. Tiles beside each other share parts and are made at the same time, in
 * any order: whoever is given a part last may be done before another, whose worker died say, is given it once more. In the main thread.
 */
export class PartUses {
  readonly #uses = new Map<ArrayBuffer, number>();
  readonly #last = new Set<ArrayBuffer>();

  /** Some work begins that is given these parts, perhaps more than once. */
  begin(parts: readonly UsedPart[]): void {
    for (const { buffer, isLast } of parts) {
      this.#uses.set(buffer, (this.#uses.get(buffer) ?? 0) + 1);
      if (isLast) this.#last.add(buffer);
    }
  }

  /** That work is done. */
  end(parts: readonly UsedPart[]): void {
    for (const { buffer } of parts) {
      const uses = this.#uses.get(buffer)! - 1;
      if (uses > 0) {
        this.#uses.set(buffer, uses);
        continue;
      }
      this.#uses.delete(buffer);
      if (this.#last.delete(buffer)) leaveGarbage(buffer);
    }
  }
}
