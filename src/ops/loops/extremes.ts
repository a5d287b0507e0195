import type { Pixels } from '../../raster/block.js';
import type { Mask } from '../../raster/mask.js';
import type { Accumulator, Measure } from '../operation.js';

/** Widens each band's pair of minimum and maximum by valid pixels. */
export type Extremes = (pixels: Pixels, mask: Mask | null, pairs: Float64Array) => void;

/**
 * Measures each band's valid minimum and maximum, infinite ones where it has no valid pixel: two numbers a band.
 * @param together whether those of all bands are one band's
 */
export function extremesMeasure(bands: number, extremes: Extremes, together: boolean): Measure {
  return {
    statistics: 2,
    start: (): Accumulator => {
      const pairs = new Float64Array(bands * 2);
      for (let i = 0; i < pairs.length; i += 2) {
        pairs[i] = Infinity;
        pairs[i + 1] = -Infinity;
      }
      return {
        add: (pixels, mask) => extremes(pixels, mask, pairs),
        part: () => pairs,
        merge: (part) => {
          for (let i = 0; i < pairs.length; i += 2) {
            pairs[i] = Math.min(pairs[i], part[i]);
            pairs[i + 1] = Math.max(pairs[i + 1], part[i + 1]);
          }
        },
        finish: () => (together ? spanOf(pairs) : pairs),
      };
    },
  };
}

/** Pairs of the least minimum and the largest maximum, as many as are given. */
function spanOf(pairs: Float64Array): Float64Array {
  const min = pairs.reduce((least, value, i) => (i % 2 === 0 ? Math.min(least, value) : least), Infinity);
  const max = pairs.reduce((largest, value, i) => (i % 2 === 1 ? Math.max(largest, value) : largest), -Infinity);
  return pairs.map((_, i) => (i % 2 === 0 ? min : max));
}
