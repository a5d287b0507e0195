import type { Mask } from '../raster/mask.js';

/**
 * Marks the samples of pixels of a row that a mask leaves out, beside what is marked already.
 * @param bands that are side by side, a mark each
 * @returns whether it leaves out any
 */
export function markLeftOut({ data, offset, stride }: Mask, { row, col, cols }: { readonly row: number; readonly col: number; readonly cols: number }, bands: number, invalid: Uint8Array): boolean {
  let any = false;
  for (let i = 0, m = offset + row * stride[0] + col * stride[1]; i < cols * bands; i += bands, m += stride[1]) {
    if (data[m] !== 0) continue;
    for (let band = 0; band < bands; band++) invalid[i + band] = 1;
    any = true;
  }
  return any;
}
