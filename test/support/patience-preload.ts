import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/**
 * Loaded into rastq's processes and threads by `NODE_OPTIONS=--import`, ahead of rastq itself: what a run that ends is given
 * to end, a second or two, lasts until a test has given it up. So what a run leaves that has the time is the same on a machine
 * so slow, or so busy, that it would not have had it.
 */
const FOREVER_MS = 2 ** 31 - 1;
const lengthened = (ms: number | undefined): number | undefined => (ms !== undefined && ms >= 1000 && ms < 2000 ? FOREVER_MS : ms);

const { setTimeout: later } = globalThis;
globalThis.setTimeout = ((work: () => void, ms?: number) => later(work, lengthened(ms))) as typeof setTimeout;

const { setTimeout: sleep } = timers;
timers.setTimeout = (ms, value, options) => sleep(lengthened(ms), value, options);
syncBuiltinESMExports();
