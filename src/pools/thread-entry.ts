import { parentPort, workerData } from 'node:worker_threads';
import { serve } from './protocol.js';
import { bufferOf } from './stage.js';
import type { ThreadData } from './thread.js';

/** What a stage's thread runs. */
const port = parentPort!;
const { stop } = workerData as ThreadData;
port.on(
  'message',
  serve(
    (response, { transfer = [] }) => port.postMessage(response, transfer.map(bufferOf)),
    () => ({ maxRssBytes: 0 }),
    () => Atomics.load(stop, 0) !== 0,
  ),
);
