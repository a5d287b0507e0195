import { copyPixels, type Pixels } from './block.js';
import { type DType, DTYPES, roundHalfToEven } from './dtype.js';

/**
 * Whether readers take the band for a mask of the others, as GDAL does: it is the last of two or four, of 8 bits or of 16
 * without a sign. Any other alpha band is a band like the rest.
 */
export function masksByAlpha({ bands, dtype }: { readonly bands: number; readonly dtype: DType }, alpha: number): boolean {
  return (bands === 2 || bands === 4) && alpha === bands - 1 && ALPHA_TYPES.has(dtype);
}

const ALPHA_TYPES: ReadonlySet<DType> = new Set<DType>(['uint8', 'int8', 'uint16']);

/** What an alpha sample of the type counts up to: the largest value, 1 for floats. */
function opaque(dtype: DType): number {
  return DTYPES[dtype].kind === 'float' ? 1 : DTYPES[dtype].max;
}

/**
 * Rescales alpha from one type's full range to another's: 255 becomes 65535. 0 stays 0, and nothing else becomes 0,
 * so that the same pixels are transparent. In its own type every value stays as it is.
 */
export function rescaleAlpha(alpha: Pixels, from: DType, out: Pixels, to: DType): void {
  if (from === to) {
    copyPixels(alpha, out);
    return;
  }
  const [, rows, cols] = alpha.shape;
  const [, rowStride, colStride] = alpha.stride;
  const [, outRow, outCol] = out.stride;
  const factor = opaque(to) / opaque(from);
  const isFloat = DTYPES[to].kind === 'float';
  const least = isFloat ? 0 : 1;
  const most = opaque(to);
  for (let row = 0; row < rows; row++) {
    let i = alpha.offset + row * rowStride;
    let o = out.offset + row * outRow;
    for (let col = 0; col < cols; col++, i += colStride, o += outCol) {
      const value = alpha.data[i];
      const scaled = isFloat ? value * factor : roundHalfToEven(value * factor);
      // Opaque in the bits of a signed sample is -1.
      out.data[o] = value > 0 ? Math.min(most, Math.max(least, scaled)) : value < 0 ? most : 0;
    }
  }
}
