import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group that lets its processes have so much memory, and no more. */
export interface ControlGroup {
  /** Words before a command that have it run in the group. */
  readonly entering: readonly string[];
  remove(): void;
}

/** Where groups are made, and the file of the limit: version 1, version 2. */
const KINDS = [
  { parent: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { parent: '/sys/fs/cgroup', limit: 'memory.max' },
];

/** Makes a group, all of whose memory counts, the page cache it fills too; undefined where that may not be done here. */
export function controlGroup(bytes: number): ControlGroup | undefined {
  for (const { parent, limit } of KINDS) {
    const path = join(parent, `rastq-bench-${process.pid}`);
    try {
      mkdirSync(path);
    } catch {
      continue;
    }
    if (existsSync(join(path, limit))) {
      writeFileSync(join(path, limit), String(bytes));
      return { entering: ['sh', '-c', `echo $$ >${join(path, 'cgroup.procs')} && exec "$@"`, 'sh'], remove: () => rmdirSync(path) };
    }
    rmdirSync(path);
  }
  return undefined;
}
