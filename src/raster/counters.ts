const UINT32_MAX = 2 ** 32 - 1;

/**
 * Numbers that are counted up by ones, beyond 2^32 too. Counts are whole, so that those of several workers add up to the same
 * whatever each of them saw.
 */
export class Counters {
  /** What loops count up, once `expect` has made room. */
  readonly recent: Uint32Array;
  #expected = 0;
  /** Whether counts are in the totals too. */
  #isFolded = false;
  readonly #totals: Float64Array;

  constructor(length: number) {
    this.recent = new Uint32Array(length);
    this.#totals = new Float64Array(length);
  }

  /** Before at most `count` ones are added. */
  expect(count: number): void {
    if (this.#expected + count > UINT32_MAX) this.#fold();
    this.#expected += count;
  }

  /** Begins anew. */
  clear(): void {
    this.recent.fill(0);
    if (this.#isFolded) this.#totals.fill(0);
    this.#isFolded = false;
    this.#expected = 0;
  }

  /** The counts: those of loops themselves as long as no more than 2^32 were expected, else `totals`. */
  counts(): Uint32Array | Float64Array {
    return this.#isFolded ? this.totals() : this.recent;
  }

  totals(): Float64Array {
    this.#fold();
    return this.#totals;
  }

  #fold(): void {
    for (let i = 0; i < this.recent.length; i++) this.#totals[i] += this.recent[i];
    this.recent.fill(0);
    this.#expected = 0;
    this.#isFolded = true;
  }
}
