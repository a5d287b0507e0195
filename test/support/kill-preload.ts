import { isWork, watchFiles } from './file-layer.js';

/**
 * Loaded into rastq's processes and threads by `NODE_OPTIONS=--import`: kills the process, as `kill -9` does, just before
 * one of its calls that change the files in its folder. KILL_AT is the number of that call, from 1, in its thread.
 */
let calls = 0;
watchFiles(process.cwd(), (call) => {
  if (isWork(call) && call !== 'readSync' && ++calls === Number(process.env['KILL_AT'])) process.kill(process.pid, 'SIGKILL');
  return undefined;
});
