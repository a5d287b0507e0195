import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 20;

/** Samples the memory of a session's processes until told to stop. */
export class MemorySampler {
  readonly #session: number;
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor(session: number) {
    this.#session = session;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** Ends the sampling; the most bytes that were seen at once. */
  stop(): number {
    clearInterval(this.#timer);
    return this.#peak;
  }

  #sample(): void {
    this.#peak = Math.max(this.#peak, sessionBytes(this.#session));
  }
}

/**
 * The resident memory of a session's processes, each page counted once. Anonymous pages that a fork shares count by
 * their shares (Pss). The pages of files, binaries and libraries, count as the process with most of them has them: the
 * others are forks of it or run the same program. Pss would lose here what unrelated processes share, such as the Node
 * that runs the benchmark with the Node that runs rastq.
 */
function sessionBytes(session: number): number {
  let anonymous = 0;
  let files = 0;
  for (const pid of processesOf(session)) {
    const rollup = readProc(`${pid}/smaps_rollup`);
    if (rollup === undefined) continue;
    anonymous += field(rollup, 'Pss_Anon');
    files = Math.max(files, field(rollup, 'Rss') - field(rollup, 'Anonymous'));
  }
  return anonymous + files;
}

function processesOf(session: number): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && sessionOf(name) === session);
}

function sessionOf(pid: string): number | undefined {
  const stat = readProc(`${pid}/stat`);
  // The name, in parentheses, may hold spaces; behind it come state, parent, process group, session.
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
}

function field(rollup: string, name: string): number {
  const kilobytes = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(rollup)?.[1];
  if (kilobytes === undefined) throw new Error(`/proc/*/smaps_rollup has no ${name}, wanted Linux 5.9 or newer`);
  return Number(kilobytes) * 1024;
}

/** A file of /proc; undefined where the process has ended meanwhile or is another user's. */
function readProc(name: string): string | undefined {
  try {
    return readFileSync(`/proc/${name}`, 'latin1');
  } catch {
    return undefined;
  }
}
