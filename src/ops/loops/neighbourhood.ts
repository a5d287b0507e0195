import { DoubleReader } from '../../kernels/double-reader.js';
import { DoubleWriter } from '../../kernels/double-writer.js';
import { Neighbours } from '../../kernels/neighbours.js';
import { isPacked } from '../../kernels/packed.js';
import { bandsOf, type Pixels } from '../../raster/block.js';
import type { Mask } from '../../raster/mask.js';
import type { BandType, Kernel, OutputType } from '../operation.js';

/** What is made of a sample and its neighbours. */
export interface Neighbourly {
  /** Computes the results of a row, all of whose neighbours are valid. */
  readonly row: (rows: Neighbours) => void;
  /** Computes one result, some of whose neighbours are invalid. @param i its place in the row of results */
  readonly sample: (rows: Neighbours, i: number) => number;
}

/**
 * The kernel of an operation whose results are made from a square of neighbours. Valid samples only have results; what
 * a neighbourhood with invalid ones gives is `sample`'s to say. What overflowed in `row` is asked of `sample` too.
 * @param halo the neighbours on each side, at least 1
 */
export function neighbourhood(input: BandType, output: OutputType, halo: number, around: Neighbourly): Kernel {
  const reader = new DoubleReader(input);
  const writer = new DoubleWriter(output);
  const apply = (pixels: Pixels, mask: Mask | null, out: Pixels): void => {
    const [bands, rows, cols] = out.shape;
    if (bands > 1 && !(isPacked(pixels) && isPacked(out))) {
      for (let i = 0; i < bands; i++) apply(bandsOf(pixels, i, 1), mask, bandsOf(out, i, 1));
      return;
    }
    const neighbours = new Neighbours(halo, bands, cols);
    for (let row = 0; row < 2 * halo; row++) neighbours.load(reader, pixels, mask, row);
    for (let row = 0; row < rows; row++) {
      neighbours.load(reader, pixels, mask, row + 2 * halo);
      neighbours.moveTo(row);
      around.row(neighbours);
      neighbours.replaceNearInvalid((i) => around.sample(neighbours, i));
      const start = out.offset + row * out.stride[1];
      writer.write(neighbours.results, { data: out.data, start, rows: 1, rowStep: 0, count: cols * bands, step: bands === 1 ? out.stride[2] : 1 });
    }
  };
  return { apply: (pixels, mask, _, out) => apply(pixels, mask, out) };
}
