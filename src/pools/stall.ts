import { threadId } from 'node:worker_threads';

/**
 * Delays calls at random, to shake out faults of order that depend on timing: tests set RASTQ_STALL to a seed, a whole
 * number above 0. Without it nothing is delayed.
 */
const SEED = Number(process.env['RASTQ_STALL'] ?? 0);
const LONGEST_MS = 12;

/** Each thread its own sequence. */
let state = Math.imul(SEED, threadId + 1) >>> 0;

/** Waits for up to 12 ms, every other time not at all. */
export async function stall(): Promise<void> {
  if (!(SEED > 0)) return;
  // A linear congruential generator: Numerical Recipes, 3rd edition, 7.1.
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  const share = state / 2 ** 32;
  if (share >= 0.5) await new Promise((resolve) => setTimeout(resolve, (share - 0.5) * 2 * LONGEST_MS));
}
