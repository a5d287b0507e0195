import { isMainThread } from 'node:worker_threads';
import { type FileCall, isWork, watchFiles } from './file-layer.js';

/**
 * Loaded into rastq's processes and threads by `NODE_OPTIONS=--import`: one call on the files in its folder goes wrong, in
 * each thread. FILE_FAULT is FAULT:CALLS:NUMBER: a system error by its code, `short` or `flip`, as `file-layer.ts` has them;
 * the calls that are counted, by a name or `work`: all that move bytes or give names; and which of them it is, from 1, or `head`: a write to the output's start.
 */
const [fault, calls, at] = (process.env['FILE_FAULT'] ?? '').split(':');
let count = 0;
watchFiles(process.cwd(), (call: FileCall, position?: number) => {
  if (calls === 'work' ? !isWork(call) : call !== calls) return undefined;
  const isIt = String(++count) === at || (at === 'head' && position === 0 && !isMainThread);
  return !isIt ? undefined : fault === 'short' || fault === 'flip' ? fault : { code: fault };
});
