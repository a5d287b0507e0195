import { isMainThread } from 'node:worker_threads';
import { watchFiles } from './file-layer.js';

/**
 * Loaded into rastq's processes and threads by `NODE_OPTIONS=--import`: turns a bit over in one of the writes to the files
 * in its folder. FLIP_AT is the number of that write, from 1, in its thread; or `head`: the one to the output's start.
 */
const at = process.env['FLIP_AT'];
let writes = 0;
watchFiles(process.cwd(), (call, position) => {
  if (call !== 'writeSync') return undefined;
  return String(++writes) === at || (at === 'head' && position === 0 && !isMainThread) ? 'flip' : undefined;
});
