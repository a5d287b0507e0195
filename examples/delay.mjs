/** Steps of the longest delay: some 20 ms of one core. */
const MOST_STEPS = 10_000_000;

/**
 * Keeps a core busy for a random while and gives the window back as it is: an operation that takes time, to see what
 * more workers are worth. The delay is drawn by the window's own pixels, so that every run does the same work, whoever
 * gets which window.
 *
 *     rastq run in.tif out.tif --op normalize --op ./examples/delay.mjs:delay
 *
 * @param window an ndarray (bands, rows, columns)
 */
export function delay(window) {
  let state = 1;
  const [bands, rows, cols] = window.shape;
  for (let band = 0; band < bands; band++) {
    for (let at = 0; at < Math.min(rows, cols); at++) state = next(state ^ window.get(band, at, at));
  }
  // A step counts once or twice, by its outcome: no compiler can leave the loop out.
  for (let left = (state >>> 0) % MOST_STEPS; left > 0; left -= 1 + (state >>> 31)) state = next(state);
  return window;
}

/** One step of a linear congruential generator (Numerical Recipes, 2nd edition, 7.1). */
const next = (state) => (Math.imul(state, 1664525) + 1013904223) | 0;
