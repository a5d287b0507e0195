import { ChildProcess } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';

/** Loaded ahead of rastq: nothing is sent to a process without a number, and the file STRAY_KILLS has a line for each time that was wanted. */
const path = process.env['STRAY_KILLS'];
if (path !== undefined) {
  const fd = openSync(path, 'a');
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { kill } = ChildProcess.prototype;
  ChildProcess.prototype.kill = function (this: ChildProcess, signal): boolean {
    if (this.pid !== undefined) return kill.call(this, signal);
    writeSync(fd, `${signal}\n`);
    return false;
  };
}
