/**
 * Count, minimum, maximum, mean and M2, the sum of the squared differences from the mean, in this order in a
 * Float64Array of MOMENTS numbers. Partial ones are made per cell of a fixed grid and merged in the order of the
 * cells, so that every bit of the sums is the same however the cells were shared out.
 */
export const MOMENTS = 5;

/** The moments of the first `count` values. */
export function momentsOf(values: Float64Array, count: number): Float64Array {
  if (count === 0) return Float64Array.of(0, Infinity, -Infinity, 0, 0);
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const mean = sum / count;
  // Two passes with the correction of the mean's own rounding: Chan, Golub, LeVeque, Algorithms for Computing the
  // Sample Variance, 1983, (1.7). No large sum of squares is taken from another one.
  let squares = 0;
  let rest = 0;
  for (let i = 0; i < count; i++) {
    const difference = values[i] - mean;
    squares += difference * difference;
    rest += difference;
  }
  // Beyond float64 both are infinite, and their difference is no number.
  const correction = Math.min((rest * rest) / count, Number.MAX_VALUE);
  return Float64Array.of(count, min, max, mean + rest / count, squares - correction);
}

/** The moments of samples of which it is known how often each value occurs. @param first the value of the first count */
export function momentsOfCounts(counts: Float64Array, first: number): Float64Array {
  let [count, min, max, sum] = [0, Infinity, -Infinity, 0];
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    if (count === 0) min = first + i;
    max = first + i;
    count += counts[i];
    sum += counts[i] * i;
  }
  if (count === 0) return momentsOf(counts, 0);
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < counts.length; i++) squares += counts[i] * (i - mean) * (i - mean);
  return Float64Array.of(count, min, max, mean + first, squares);
}

/** Adds the moments of other samples. The same additions in the same order give the same bits. */
export function mergeMoments(into: Float64Array, other: Float64Array): void {
  const [count, , , mean, squares] = other;
  if (count === 0) return;
  if (into[0] === 0) {
    into.set(other);
    return;
  }
  const all = into[0] + count;
  // Chan, Golub, LeVeque, Updating Formulae and a Pairwise Algorithm, 1979, (2.1).
  const difference = mean - into[3];
  const share = count / all;
  into[3] += difference * share;
  into[4] += squares + difference * difference * into[0] * share;
  into[0] = all;
  if (other[1] < into[1]) into[1] = other[1];
  if (other[2] > into[2]) into[2] = other[2];
}
