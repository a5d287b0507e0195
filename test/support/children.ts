import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The environment variable that tells one run's processes from all others. */
export const MARK = 'RASTQ_TEST_MARK';

/** Why processes cannot be listed here; false where they can. For a test's `skip`. */
export const noProcessList: string | false = process.platform === 'linux' ? false : 'lists processes by /proc, which only Linux has';

/**
 * The living processes with a mark in their environment: a run's main process and all it started, orphans too, which
 * a list of descendants would miss.
 */
export function markedProcesses(mark: string): number[] {
  const entry = `${MARK}=${mark}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(entry))
    .map(Number);
}

/** Empty for processes that have just ended, and for those of other users. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

const STEP_MS = 10;
const WATCHDOG_MS = 60_000;

/**
 * Waits until something is so. What is waited for happens in other processes, which send no events.
 * @param isHopeless whether it cannot come to be so any more
 */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, isHopeless: () => boolean = () => false): Promise<void> {
  for (let waited = 0; !(await isSo()); waited += STEP_MS) {
    if (waited > WATCHDOG_MS || isHopeless()) throw new Error(`waited in vain until ${what}`);
    await sleep(STEP_MS);
  }
}
