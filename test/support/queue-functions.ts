import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { moving } from '../../src/pools/moving.js';

/** Functions that the tests' ProcessQueues apply. */
let underWay = 0;
const tried = new Map<unknown, number>();

export const power = (base: number, exponent = 2): number => base ** exponent;
export const sumOf = ({ a, b }: { a: number; b: number }): number => a + b;
export const keysOf = (item: object): string[] => Object.keys(item);
export const typeOf = (item: unknown): string => Object.prototype.toString.call(item);
export const whoDoes = (): string => `${process.pid}/${threadId}`;
export const closure = (): unknown => ({ inner: [() => 1] });
export const sharedSum = (numbers: Int32Array): number => Atomics.add(numbers, 0, 1);

/** What it waits for comes in the opposite order of the items. */
export async function later(ms: number): Promise<number> {
  await sleep(ms);
  return ms;
}

/** How many calls of it are under way in this worker, with this one. */
export async function atOnce(): Promise<number> {
  const most = ++underWay;
  await sleep(50);
  underWay--;
  return most;
}

/** Fails the first times it gets an item. @returns the tries */
export function flaky(item: { name: string; failures: number }): number {
  const tries = (tried.get(item.name) ?? 0) + 1;
  tried.set(item.name, tries);
  if (tries <= item.failures) throw Object.assign(new RangeError(`failure ${tries} of ${item.name}`), { code: 'EFLAKY' });
  return tries;
}

export function fussy(): never {
  throw new RangeError('not that one either');
}

/** Ends its worker, for items that say so. */
export function deadly(item: string): string {
  if (item === 'exit') process.exit(9);
  if (item === 'hang') for (;;);
  return item;
}

/** Gives the buffer back, without a copy between threads. */
export function doubled(bytes: Uint8Array<ArrayBuffer>) {
  bytes.forEach((byte, i) => (bytes[i] = 2 * byte));
  return moving(bytes, [bytes.buffer]);
}
