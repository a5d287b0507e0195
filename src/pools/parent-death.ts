import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** util-linux's command that has the kernel kill what it starts when the parent dies: PR_SET_PDEATHSIG of prctl(2). */
const COMMAND = 'setpriv';
const KILLED_WITH_PARENT = ['--pdeathsig', 'KILL'];

/** What ends a process with its parent, whatever it is doing. */
export type ParentGuard = 'kernel' | 'thread';

/** How to start Node, as `fork` takes it. */
export interface NodeStart {
  readonly execPath: string;
  readonly execArgv: string[];
}

let start: NodeStart | undefined | 'unknown' = 'unknown';

/**
 * How to start Node so that the kernel kills it when this process dies, whatever it is doing then; undefined where the system
 * has no way to that. Asked by who starts processes, which takes the first of them some milliseconds.
 */
export function endedWithParent(): NodeStart | undefined {
  if (start === 'unknown') {
    const command = process.platform === 'linux' && !gainsRights() ? findCommand() : undefined;
    start = command === undefined || !becomes(command) ? undefined : { execPath: command, execArgv: [...KILLED_WITH_PARENT, process.execPath] };
  }
  return start;
}

/** Where it is: PATH may be another one when the next process is started. */
function findCommand(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute).map((folder) => join(folder, COMMAND));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether the command does what is asked, and becomes what it starts, so that this process is that one's parent. */
function becomes(command: string): boolean {
  const { status, stdout } = spawnSync(command, [...KILLED_WITH_PARENT, 'sh', '-c', 'echo $PPID'], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' });
  return status === 0 && stdout.trim() === `${process.pid}`;
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
