/** The edges of `bins` bins of one width, as numpy.histogram has them: bins + 1 numbers, the last one the maximum. */
export function binEdges(min: number, max: number, bins: number): Float64Array {
  // A single value lies in the middle of a range of 1.
  const [first, last] = min < max ? [min, max] : [min - 0.5, max + 0.5];
  const step = width(first, last) / bins;
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => first + i * step);
  edges[bins] = last;
  return edges;
}

/** Beyond float64 it is as wide as float64 goes: then the edges before the last are too near, and all there are. */
const width = (first: number, last: number): number => Math.min(last - first, Number.MAX_VALUE);

/** Finds the bin of a value: its lower edge belongs to it, and to the last one its upper edge too. */
export class BinFinder {
  readonly #edges: Float64Array;
  readonly #scale: number;

  /** @param edges as `binEdges` makes them */
  constructor(edges: Float64Array) {
    const bins = edges.length - 1;
    this.#edges = edges;
    this.#scale = bins / width(edges[0], edges[bins]);
  }

  /** @param value between the first edge and the last one */
  binOf(value: number): number {
    const edges = this.#edges;
    const last = edges.length - 2;
    const near = Math.floor((value - edges[0]) * this.#scale);
    let bin = near > 0 ? Math.min(near, last) : 0;
    // The edges decide, the quotient above only comes close.
    while (bin > 0 && value < edges[bin]) bin--;
    while (bin < last && value >= edges[bin + 1]) bin++;
    return bin;
  }
}
