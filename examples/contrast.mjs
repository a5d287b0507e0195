/**
 * An operation of a user's own: the standard deviation of each pixel's surroundings, over the valid ones. Its function
 * crosses to the workers as this file's path and the export's name.
 *
 *     rastq run in.tif out.tif --op ./examples/contrast.mjs:radius=2
 */
import ndarray from 'ndarray';

/** The most columns and rows to each side. */
const MOST = 3;

export default {
  name: 'contrast',
  summary: 'The standard deviation of the surroundings.',
  params: { radius: { standard: 1, help: `columns and rows to each side, up to ${MOST}` } },
  halo: MOST,
  describe: () => ({ dtype: 'float32' }),
  /** @param window an ndarray (bands, rows, columns) with the halo around it; @param valid 1 where a sample of it is valid */
  kernel: (window, { radius }, { halo, valid }) => {
    const [bands, rows, cols] = [window.shape[0], window.shape[1] - 2 * halo, window.shape[2] - 2 * halo];
    const out = ndarray(new Float32Array(bands * rows * cols), [bands, rows, cols]);
    for (let band = 0; band < bands; band++) {
      for (let row = 0; row < rows; row++) {
        for (let col = 0; col < cols; col++) out.set(band, row, col, deviation(window, valid, { band, row: row + halo, col: col + halo }, radius));
      }
    }
    return out;
  },
};

function deviation(window, valid, { band, row, col }, radius) {
  let [count, sum, squares] = [0, 0, 0];
  for (let r = row - radius; r <= row + radius; r++) {
    for (let c = col - radius; c <= col + radius; c++) {
      if (valid.get(band, r, c) === 0) continue;
      const value = window.get(band, r, c);
      count++;
      sum += value;
      squares += value * value;
    }
  }
  return count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
