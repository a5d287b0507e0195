import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a process holds between two runs, once what can be collected is. */
export interface Holdings {
  readonly heapBytes: number;
  /** What would keep it from ending. */
  readonly handles: number;
  readonly openFiles: number;
  readonly threads: number;
}

export interface Growth {
  readonly failures: readonly string[];
  /** What it held early and at its end. */
  readonly words: string;
}

const CHILD = fileURLToPath(new URL('library-child.js', import.meta.url));
/** What V8 keeps of code that it compiles late, and of a busy heap's layout. */
const HEAP_ROOM_BYTES = 1.5 * 2 ** 20;

/** Has a process make so many runs by the library, failing and aborted ones among them, and looks whether what it holds grows. */
export async function useForLong(runs: number): Promise<Growth> {
  const samples = await holdingsOf(runs);
  // The first runs load code and make what is kept for all that follow.
  const [early, late] = [samples.slice(Math.floor(samples.length / 4), Math.ceil(samples.length / 2)), samples.slice(-Math.ceil(samples.length / 4))];
  const failures = (['heapBytes', 'handles', 'openFiles', 'threads'] as const).flatMap((what) => {
    const [before, after] = [early, late].map((part) => median(part.map((sample) => sample[what])));
    const room = what === 'heapBytes' ? HEAP_ROOM_BYTES : 0;
    return after > before + room ? [`${what} grew from ${before} to ${after} in ${runs} runs`] : [];
  });
  const told = ({ heapBytes, handles, openFiles, threads }: Holdings): string => `${(heapBytes / 2 ** 20).toFixed(2)} MiB of heap, ${handles} handles, ${openFiles} files, ${threads} threads`;
  return { failures, words: `early ${told(early.at(-1)!)}; at the end ${told(late.at(-1)!)}` };
}

function holdingsOf(runs: number): Promise<Holdings[]> {
  return new Promise((resolve, reject) => {
    const samples: Holdings[] = [];
    const child = fork(CHILD, [String(runs)], { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.on('message', (sample) => samples.push(sample as Holdings));
    child.on('error', reject);
    child.on('exit', (code, signal) => (code === 0 ? resolve(samples) : reject(new Error(`the library user ended with ${code ?? signal}`))));
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
