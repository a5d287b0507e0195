/** Bins of one width, as plain data. */
export interface Bins {
  /** The lower edge of the first. */
  readonly min: number;
  /** The upper edge of the last. */
  readonly max: number;
  readonly count: number;
}

/** Bins between the extremes of values, as numpy.histogram has them: a single value lies in the middle of a range of 1. */
export function binsBetween(min: number, max: number, count: number): Bins {
  return min < max ? { min, max, count } : { min: min - 0.5, max: max + 0.5, count };
}

/** The lower edge of a bin, from 0. */
export function lowerEdge(bins: Bins, bin: number): number {
  const scale = scaleOf(bins);
  return scaledEdge(bins, scale, bin) / scale;
}

/** Widths below it can have edges that lie between two doubles. */
const NARROW = 2 ** -960;

/**
 * A power of 2 that edges and values are multiplied by, which changes none of their digits: then neither is the width of all
 * bins beyond float64, nor that of one below its normal numbers.
 */
function scaleOf({ min, max }: Bins): number {
  const width = max - min;
  if (width === Infinity) return 0.5;
  return width > 0 && width < NARROW ? 2 ** 600 : 1;
}

function scaledEdge({ min, max, count }: Bins, scale: number, edge: number): number {
  const [first, last] = [min * scale, max * scale];
  return edge === count ? last : first + edge * ((last - first) / count);
}

/** Finds the bin of a value: its lower edge belongs to it, and to the last one its upper edge too. */
export class BinFinder {
  readonly #edges: Float64Array;
  readonly #scale: number;
  readonly #binsPerWidth: number;

  constructor(bins: Bins) {
    const { count } = bins;
    this.#scale = scaleOf(bins);
    this.#edges = Float64Array.from({ length: count + 1 }, (_, edge) => scaledEdge(bins, this.#scale, edge));
    this.#binsPerWidth = count / (this.#edges[count] - this.#edges[0]);
  }

  /** @param value between the first edge and the last one */
  binOf(value: number): number {
    const edges = this.#edges;
    const last = edges.length - 2;
    const scaled = value * this.#scale;
    const near = Math.floor((scaled - edges[0]) * this.#binsPerWidth);
    let bin = near > 0 ? Math.min(near, last) : 0;
    // The edges decide, the quotient above only comes close.
    while (bin > 0 && scaled < edges[bin]) bin--;
    while (bin < last && scaled >= edges[bin + 1]) bin++;
    return bin;
  }
}
