import { startStage } from '../../src/pools/start.js';

/** Ends threads again and again while they deflate. Run as a program, which dies where ending them is not safe. */
const ROUNDS = 25;
const module = new URL('stage-module.js', import.meta.url).href;

for (let round = 0; round < ROUNDS; round++) {
  const stage = startStage('threads', `worker ${round + 1}`, module);
  await stage.open(null);
  const calls = [stage.call('deflate'), stage.call('deflate')];
  await calls[0];
  const ended = Promise.allSettled(calls);
  await stage.terminate();
  await ended;
}
