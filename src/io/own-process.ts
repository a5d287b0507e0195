import { readFileSync, readlinkSync } from 'node:fs';
import { systemCode } from '../errors.js';

/**
 * Whether a process lives that has this number and began then. Where the system does not show it, as others' processes under
 * hidepid, one of its number is it.
 * @param birth as `birthOf` told it; empty: any
 */
export function lives(pid: number, birth = ''): boolean {
  if (!isThere(pid)) return false;
  const shown = show(pid);
  return shown === undefined || (!shown.hasEnded && (birth === '' || birth === shown.birth));
}

/** When a process began, as the system counts: a number that is used again belongs to another one. Empty: it has ended, or unknown. */
export function birthOf(pid: number): string {
  const shown = show(pid);
  return shown === undefined || shown.hasEnded ? '' : shown.birth;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** What the system shows of a process; undefined: nothing. */
function show(pid: number): { readonly hasEnded: boolean; readonly birth: string } | undefined {
  try {
    // The name of the program, in brackets, may hold anything; proc(5) has the state behind it, and the start time 19 fields later.
    const [state, ...others] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    // One that has ended stays in the list until its parent asks for it, which some never do.
    return { hasEnded: state === 'Z' || state === 'X', birth: others[18] };
  } catch {
    return undefined;
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
