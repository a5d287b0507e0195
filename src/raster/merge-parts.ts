import { copyPixels, crop, fillPixels, type Pixels } from './block.js';
import { cropMask, type Mask } from './mask.js';
import { borderRuns, type Part, partOver, type PartShape, type Reduction } from './overview-part.js';
import { OverviewSamples } from './overview-samples.js';
import { intersect, type Window } from './window.js';

/** A part with the tile it is of. */
export interface SourcePart {
  readonly shape: PartShape;
  readonly buffer: ArrayBuffer;
}

/** Puts a window of the smaller image together from parts. Lives in one worker. */
export class PartMerger {
  readonly #reduction: Reduction;
  readonly #samples: OverviewSamples;
  #sums = new Float64Array(0);

  constructor(reduction: Reduction) {
    this.#reduction = reduction;
    this.#samples = new OverviewSamples(reduction);
  }

  /**
   * @param parts of all tiles that the window is made of, row by row
   * @param out pixels of the window's size, all of which are set
   * @param valid all 0; null: no mask goes along
   */
  merge(window: Window, parts: readonly SourcePart[], out: Pixels, valid: Mask | null): void {
    fillPixels(out, this.#samples.fill);
    const bordered: { readonly shape: PartShape; readonly part: Part }[] = [];
    for (const { shape, buffer } of parts) {
      const part = partOver(this.#reduction, shape, buffer);
      const shared = shape.complete.width === 0 ? null : intersect(shape.complete, window);
      if (shared !== null) {
        copyPixels(crop(part.pixels, shape.complete, shared), crop(out, window, shared));
        if (valid !== null) copyValid(cropMask(part.valid!, shape.complete, shared), cropMask(valid, window, shared));
      }
      if (shape.border > 0 && intersect(shape.touched, window) !== null) bordered.push({ shape, part });
    }
    if (bordered.length === 0) return;
    for (let band = 0; band < this.#reduction.bands; band++) this.#mergeBorders(window, bordered, band, out);
    if (valid !== null) for (const { shape, part } of bordered) eachShared(shape, window, (run, at, i) => part.marks[run] !== 0 && (valid.data[valid.offset + at * valid.stride[0] + i * valid.stride[1]] = 1));
  }

  #mergeBorders(window: Window, bordered: readonly { readonly shape: PartShape; readonly part: Part }[], band: number, out: Pixels): void {
    const length = window.width * window.height * 2;
    if (this.#sums.length < length) this.#sums = new Float64Array(length);
    const total = this.#sums.fill(0, 0, length);
    for (const { shape, part } of bordered) {
      eachShared(shape, window, (number, row, col) => {
        const from = (band * shape.border + number) * 2;
        const to = (row * window.width + col) * 2;
        total[to] += part.sums[from];
        total[to + 1] += part.sums[from + 1];
      });
    }
    const [bandStride, rowStride, colStride] = out.stride;
    for (let row = 0, i = 0; row < window.height; row++) {
      for (let col = 0; col < window.width; col++, i += 2) {
        if (total[i + 1] === 0) continue;
        out.data[out.offset + band * bandStride + row * rowStride + col * colStride] = this.#samples.sample(total[i] / total[i + 1]);
      }
    }
  }
}

/** Calls back with the number of each pixel of a border that lies in a window, and its row and column in it. */
function eachShared(shape: PartShape, window: Window, action: (number: number, row: number, col: number) => void): void {
  for (const { row, col, end, first } of borderRuns(shape)) {
    if (row < window.row || row >= window.row + window.height) continue;
    const stop = Math.min(end, window.col + window.width);
    for (let at = Math.max(col, window.col); at < stop; at++) action(first + at - col, row - window.row, at - window.col);
  }
}

function copyValid(from: Mask, to: Mask): void {
  const [rows, cols] = from.shape;
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) to.data[to.offset + row * to.stride[0] + col * to.stride[1]] = from.data[from.offset + row * from.stride[0] + col * from.stride[1]];
  }
}
