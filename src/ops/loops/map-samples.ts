import type { Pixels } from '../../raster/block.js';
import type { Mask } from '../../raster/mask.js';
import { comparableNodata } from '../../raster/nodata.js';
import type { BandType, Kernel, OutputType } from '../operation.js';
import { fillOf, finisher } from './finish.js';

/**
 * The kernel of an operation that makes one sample of one sample: invalid ones become nodata, else 0, and results valid
 * samples of the output's type.
 * @param band gives, for each band of the output, the input's that it is made from
 */
export function mapSamples(
  input: BandType,
  output: OutputType,
  result: (value: number) => number,
  band: (out: number) => number = (out) => out,
): Kernel {
  const nodata = comparableNodata(input.dtype, input.nodata);
  const finish = finisher(output);
  const fill = fillOf(output.nodata);
  return {
    apply: (pixels, mask, _, out) => {
      for (let i = 0; i < out.shape[0]; i++) {
        const from = band(i);
        if (from < pixels.shape[0]) mapBand(pixels, from, mask, (value) => finish(result(value)), { nodata, fill }, out, i);
      }
    },
  };
}

function mapBand(
  pixels: Pixels,
  band: number,
  mask: Mask | null,
  result: (value: number) => number,
  { nodata, fill }: { readonly nodata: number; readonly fill: number },
  out: Pixels,
  outBand: number,
): void {
  const [, rows, cols] = pixels.shape;
  const [bandStride, rowStride, colStride] = pixels.stride;
  const [outBandStride, outRow, outCol] = out.stride;
  const source = pixels.data;
  const target = out.data;
  const valid = mask?.data;
  for (let row = 0; row < rows; row++) {
    let i = pixels.offset + band * bandStride + row * rowStride;
    let o = out.offset + outBand * outBandStride + row * outRow;
    let m = mask === null ? 0 : mask.offset + row * mask.stride[0];
    for (let col = 0; col < cols; col++, i += colStride, o += outCol) {
      const value = source[i];
      // The difference is NaN for NaN and both infinities, and 0 for every other number.
      target[o] = value === nodata || value - value !== 0 || (valid !== undefined && valid[m] === 0) ? fill : result(value);
      if (mask !== null) m += mask.stride[1];
    }
  }
}
