import { serve, type Request, type Response } from './protocol.js';

/**
 * What a stage's process runs. It lives as long as its channel: a parent that dies takes it along. Signals of the
 * terminal reach the whole group; what they mean is the parent's to decide.
 */
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));

const send = (response: Response): void => {
  // A channel that breaks is a parent that died: 'disconnect' ends this process.
  process.send!(response, undefined, undefined, () => undefined);
};
const receive = serve(send, () => ({ maxRssBytes: process.resourceUsage().maxRSS * 1024 }), () => false);
process.on('message', (request) => receive(request as Request));
