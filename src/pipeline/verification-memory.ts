import { isRemote } from '../io/location.js';
import { DTYPES } from '../raster/dtype.js';
import { bandsPerBlock } from '../tiff/block-layout.js';
import type { Plan } from './plan.js';
import { checksumBytes } from './tile-checksums.js';

const MB = 2 ** 20;
/** A decoder of a worker, with its tables. */
const ENGINE_BYTES = 2 * MB;
/** A client for S3, and what it has read of the head. */
const S3_BYTES = 48 * MB;

/**
 * What a run that verifies its output takes beside what making it takes. What is read back goes into the buffers that the
 * tiles were written from: the worker's and the queues' share of them is that of the pass before.
 */
export function verificationBytes({ output }: Plan, { workers, aheadBytes }: { readonly workers: number; readonly aheadBytes: number }): number {
  const { profile, layout } = output;
  const tileBytes = layout.tile.width * layout.tile.height * bandsPerBlock(layout, profile.bands) * DTYPES[profile.dtype].bytes;
  const checksums = checksumBytes(output);
  // As many numbers as there are checksums, each tile's place and length, are looked up in chunks; no more than that is kept.
  const index = Math.min(16 * MB, 4 * checksums);
  const network = isRemote(output.path) ? S3_BYTES + 2 * aheadBytes : 0;
  return checksums + index + workers * (ENGINE_BYTES + 3 * tileBytes) + network + MB;
}
