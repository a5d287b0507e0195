import { parentPort, workerData } from 'node:worker_threads';
import { serve } from './protocol.js';

/** What a stage's thread runs. */
const port = parentPort!;
const stop = workerData as Int32Array;
port.on(
  'message',
  serve(
    (response, transfer) => port.postMessage(response, [...transfer]),
    () => ({ maxRssBytes: 0 }),
    () => Atomics.load(stop, 0) !== 0,
  ),
);
