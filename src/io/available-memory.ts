import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path/posix';

/** Where the system tells of its memory; tests have folders of their own. */
export interface SystemFolders {
  readonly proc: string;
  readonly cgroups: string;
}

const SYSTEM: SystemFolders = { proc: '/proc', cgroups: '/sys/fs/cgroup' };

/**
 * Bytes of memory that this process can have: what the machine has left, and each control group that it is in, versions 1
 * and 2. What the system keeps of files only as long as nobody needs the room counts as left.
 */
export function availableMemory({ proc, cgroups }: SystemFolders = SYSTEM): number {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(textOf(join(proc, 'meminfo')))?.[1];
  const machine = kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
  return Math.max(0, Math.min(machine, ...groupsOf(proc, cgroups).map(leftIn)));
}

/** Files of a control group, by what they tell. */
interface GroupFiles {
  readonly limit: string;
  readonly used: string;
  readonly statistics: string;
  /** In the statistics: pages of files that are not in use. */
  readonly idle: string;
}

/** The groups that limit this process's memory, each with those that it lies in. */
function groupsOf(proc: string, cgroups: string): GroupFiles[] {
  return textOf(join(proc, 'self/cgroup'))
    .split('\n')
    .flatMap((line) => {
      const [, number, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
      if (path === undefined) return [];
      const isFirst = controllers.split(',').includes('memory');
      if (!isFirst && !(number === '0' && controllers === '')) return [];
      const root = isFirst ? join(cgroups, 'memory') : cgroups;
      // In a container the group's own path may not be there: it is the root then.
      return ancestors(path).map((group) => filesOf(join(root, group), isFirst));
    });
}

function filesOf(folder: string, isFirst: boolean): GroupFiles {
  const [limit, used, idle] = isFirst
    ? ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file']
    : ['memory.max', 'memory.current', 'inactive_file'];
  return { limit: join(folder, limit), used: join(folder, used), statistics: join(folder, 'memory.stat'), idle };
}

/** A path and all above it. */
function ancestors(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  return [...parts.keys(), parts.length].map((count) => parts.slice(0, count).join('/'));
}

/** Bytes that a group leaves; Infinity where it sets no limit. */
function leftIn({ limit, used, statistics, idle }: GroupFiles): number {
  const most = textOf(limit).trim();
  // Version 1 says "none" by a number larger than any machine's memory.
  if (!/^\d+$/.test(most) || Number(most) > Number.MAX_SAFE_INTEGER / 2) return Infinity;
  const inUse = Number(textOf(used)) - Number(new RegExp(`^${idle} (\\d+)$`, 'm').exec(textOf(statistics))?.[1] ?? 0);
  return Number(most) - Math.max(0, inUse);
}

/** Empty where there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
