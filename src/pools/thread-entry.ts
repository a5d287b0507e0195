import { parentPort } from 'node:worker_threads';
import { serve } from './protocol.js';

/** What a stage's thread runs. */
const port = parentPort!;
port.on(
  'message',
  serve(
    (response, transfer) => port.postMessage(response, [...transfer]),
    () => ({ maxRssBytes: 0 }),
  ),
);
