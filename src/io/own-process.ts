import { readFileSync, readlinkSync } from 'node:fs';
import { systemCode } from '../errors.js';

/** Whether there is a process of this number among those that this one can see. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** When a process began, as the system counts: a number that is used again belongs to another one. Empty: it has ended, or unknown. */
export function birthOf(pid: number): string {
  try {
    // The name of the program, in brackets, may hold anything; proc(5) has the state behind it, and the start time 19 fields later.
    const [state, ...others] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    // One that has ended stays in the list until its parent asks for it, which some never do.
    return state === 'Z' || state === 'X' ? '' : others[18];
  } catch {
    return '';
  }
}

/** Which processes this one can see: those of its container. Empty: unknown. */
export function namespaceOf(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
  } catch {
    return '';
  }
}

/** Tells one boot of a machine, and one container in it, from another: what has processes of its own. Empty: unknown. */
export function placeOf(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${namespaceOf()}`;
  } catch {
    return '';
  }
}
