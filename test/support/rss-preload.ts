import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** Loaded ahead of rastq: leaves its peak resident memory, in bytes, in the file RSS_FILE. Failed runs report none. */
const path = process.env['RSS_FILE'];
if (isMainThread && process.send === undefined && path !== undefined) {
  process.on('exit', () => writeFileSync(path, String(process.resourceUsage().maxRSS * 1024)));
}
