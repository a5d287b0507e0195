import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** util-linux's command that has the kernel kill what it starts when the parent dies: PR_SET_PDEATHSIG of prctl(2). */
const COMMAND = 'setpriv';
const KILLED_WITH_PARENT = ['--pdeathsig', 'KILL'];

/** What ends a process with its parent, whatever it is doing. */
export type ParentGuard = 'kernel' | 'thread';

/** How to start Node, as `fork` takes it. */
export interface NodeStart {
  readonly execPath: string;
  readonly execArgv: readonly string[];
}

let found: NodeStart | undefined | 'unknown' = 'unknown';

/**
 * How to start Node so that the kernel kills it when this process dies, whatever it is doing then; undefined where the system
 * has no way to that. Asked by who starts processes, which takes the first of them some milliseconds.
 */
export function endedWithParent(): NodeStart | undefined {
  if (found === 'unknown') found = isToBeHad() ? { execPath: COMMAND, execArgv: [...KILLED_WITH_PARENT, process.execPath] } : undefined;
  return found;
}

function isToBeHad(): boolean {
  if (process.platform !== 'linux' || gainsRights()) return false;
  return spawnSync(COMMAND, [...KILLED_WITH_PARENT, 'true'], { stdio: 'ignore' }).status === 0;
}

/** Whether Node's own file may give it rights, as for ports below 1024: the kernel forgets the wish where it starts such a file. */
function gainsRights(): boolean {
  if (process.getuid?.() === 0) return false;
  try {
    return !/^CapPrm:\s*0+$/m.test(readFileSync('/proc/self/status', 'latin1'));
  } catch {
    return true;
  }
}
