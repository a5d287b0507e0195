import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { birthOf, lives, namespaceOf } from './own-process.js';

/** Beside what temporary files lie that never have a name for long. */
export const SPOOL = 'rastq';

/** This process, as names have it: its number, and what tells it from others of that number, where the system says. */
const OWNER = ((): string => {
  const [namespace, birth] = [namespaceOf(), birthOf(process.pid)];
  return namespace === '' || birth === '' ? `${process.pid}` : `${process.pid}_${namespace}_${birth}`;
})();

/** A file's name is 255 bytes at most: of a longer one than this there is no room for the rest. */
const MOST_BYTES = 100;
const KEPT_BYTES = 80;

/** What names have of the file's that they lie beside: all of it, or its start and what tells it from others. */
function shortened(base: string): string {
  if (Buffer.byteLength(base) <= MOST_BYTES) return base;
  const start = Buffer.from(base).subarray(0, KEPT_BYTES).toString().replace(/\uFFFD+$/, '');
  return `${start}~${createHash('sha256').update(base).digest('hex').slice(0, 16)}`;
}

/**
 * A name beside a path that nothing but this process uses, and that the next run on this host clears where this one is killed.
 * @param part tells several of one path apart
 */
export function besidePath(path: string, part?: string): string {
  return join(dirname(path), `.${shortened(basename(path))}.${hostname()}.${OWNER}${part === undefined ? '' : `.${part}`}.partial`);
}

/** What is known of who made a name. */
interface Beside {
  /** What it lies beside; anything by default. */
  readonly of?: string;
  /** Whether nobody else may make such names now, as under a lock: then those of containers that cannot be seen are of the dead, too. */
  readonly isLocked?: boolean;
}

/** Whether a name in a folder is one that a process of this host gave which is gone. */
export function isOfTheDead(name: string, { of, isLocked = false }: Beside = {}): boolean {
  const host = `.${hostname()}.`;
  const start = `.${of === undefined ? '' : shortened(of)}`;
  const at = of === undefined ? name.lastIndexOf(host) : start.length;
  if (at < 1 || !name.startsWith(start) || !name.startsWith(host, at)) return false;
  const [, pid, namespace, birth] = /^(\d+)(?:_(\d+)_(\d+))?(?:\.[\w-]+)?\.partial$/.exec(name.slice(at + host.length)) ?? [];
  if (pid === undefined) return false;
  if (namespace !== undefined && namespace !== namespaceOf()) return isLocked;
  return !lives(Number(pid), birth);
}
