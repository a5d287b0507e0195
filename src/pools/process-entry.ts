import { Worker } from 'node:worker_threads';
import { serve, type Request, type Response } from './protocol.js';

/**
 * What a stage's process runs. It lives as long as its channel: a parent that dies takes it along. Signals of the
 * terminal reach the whole group; what they mean is the parent's to decide.
 */
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
// What an operation prints where nobody reads it any more is no failure.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// A process that is busy, for ever perhaps, does not hear that its channel ended: a thread looks for the parent.
const watch = new Worker(new URL('./parent-watch-entry.js', import.meta.url), { argv: [process.argv[2]], env: {}, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 1 } });
// Where there can be no more threads, the channel's end has to do.
watch.on('error', () => undefined);
watch.unref();

const send = (response: Response): void => {
  // A channel that breaks is a parent that died: 'disconnect' ends this process.
  process.send!(response, undefined, undefined, () => undefined);
};
const receive = serve(send, () => ({ maxRssBytes: process.resourceUsage().maxRSS * 1024 }), () => false);
process.on('message', (request) => receive(request as Request));
