import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../errors.js';

/** Beside what temporary files lie that never have a name for long. */
export const SPOOL = 'rastq';

/**
 * A name beside a path that nothing but this process uses, and that the next run on this host clears where this one is killed.
 * @param part tells several of one path apart
 */
export function besidePath(path: string, part?: string): string {
  return join(dirname(path), `.${basename(path)}.${hostname()}.${process.pid}${part === undefined ? '' : `.${part}`}.partial`);
}

/** Whether a name in a folder is one that a process of this host gave which is gone. @param of what it lies beside; anything by default */
export function isOfTheDead(name: string, of?: string): boolean {
  const host = `.${hostname()}.`;
  const at = of === undefined ? name.lastIndexOf(host) : of.length + 1;
  if (at < 1 || !name.startsWith(`.${of ?? ''}`) || !name.startsWith(host, at)) return false;
  const pid = /^(\d+)(?:\.[\w-]+)?\.partial$/.exec(name.slice(at + host.length))?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
