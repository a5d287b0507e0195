import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A size in bytes, with K, M, G or T for powers of 1,024; a B may follow. */
export function byteCount(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * UNITS[(unit ?? '').toUpperCase()]);
  if (!Number.isSafeInteger(bytes) || bytes < 1) throw new InvalidArgumentError('wanted a size, as in 500M or 20G');
  return bytes;
}
