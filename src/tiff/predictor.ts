import { applyBytePlanes, applyDifferences, type SampleRows, undoBytePlanes, undoDifferences } from '../kernels/predictor.js';
import type { Predictor } from '../raster/profile.js';

/**
 * TIFF predictors, in place, over rows of the **full stored width**, padding included, never of a cropped edge block.
 * Samples are in the machine's byte order (little-endian) before `applyPredictor` and after `undoPredictor`.
 * Differences are of integers modulo 2^bits, also where the samples are floats: TIFF 6.0, section 14, and Adobe's
 * TIFF Technical Note 3 for predictor 3.
 */
export interface PredictedRows extends SampleRows {
  readonly predictor: Predictor;
}

/** Turns differences into samples. `data` holds whole rows. */
export function undoPredictor(data: Uint8Array, rows: PredictedRows): void {
  if (rows.predictor === 2) undoDifferences(data, rows);
  else if (rows.predictor === 3) undoBytePlanes(data, rows);
}

/** Turns samples into differences. */
export function applyPredictor(data: Uint8Array, rows: PredictedRows): void {
  if (rows.predictor === 2) applyDifferences(data, rows);
  else if (rows.predictor === 3) applyBytePlanes(data, rows);
}
