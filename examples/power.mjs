import { setTimeout as sleep } from 'node:timers/promises';

/** A power, after a delay. A ProcessQueue passes `{ base, exponent, delayMs }` parameter by parameter, as it is declared here. */
export async function power(base, exponent, delayMs = 0) {
  await sleep(delayMs);
  return { base, exponent, value: base ** exponent };
}
