import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CORRUPT_FIXTURES } from '../../fixtures/corrupt.js';
import { FIXTURES_FOLDER } from '../../fixtures/fixture.js';
import { FIXTURES } from '../../fixtures/scenes.js';
import type { Ended, Run } from './child.js';
import { mutate } from './mutate.js';

/** Many runs on spoilt fixtures in a process of their own, which is ended where one of them hangs or grows. */
export interface Campaign {
  /** How many runs ended in what. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** A paragraph a failure: fixture, seed, edits and what happened. */
  readonly failures: readonly string[];
  /** The most memory that a process had, bytes. */
  readonly maxRss: number;
}

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));
const MEMORY_LIMIT = 500 * 2 ** 20;
const HANG_MS = 60_000;
const FIXTURE_NAMES = [...FIXTURES, ...CORRUPT_FIXTURES].map(({ name }) => name);

/** Makes the runs that follow from a seed; each fixture in turn. */
export async function campaign(
  { runs, seed }: { readonly runs: number; readonly seed: number },
  onProgress: (done: number) => void = () => undefined,
): Promise<Campaign> {
  const folder = mkdtempSync(join(tmpdir(), 'rastq-fuzz-'));
  const outcomes: Record<string, number> = {};
  const failures: string[] = [];
  let maxRss = 0;
  let child = startChild(folder);
  try {
    for (let i = 0; i < runs; i++) {
      const run = { fixture: FIXTURE_NAMES[i % FIXTURE_NAMES.length], seed: (seed + Math.imul(i, 2654435761)) >>> 0 };
      const ended = await endOf(child, run);
      maxRss = Math.max(maxRss, ended.maxRss);
      const failure = ended.maxRss > MEMORY_LIMIT ? `took ${Math.ceil(ended.maxRss / 2 ** 20)} MiB` : ended.failure;
      const outcome = failure === null ? ended.outcome : 'failure';
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (failure !== null) {
        failures.push(`${run.fixture} --seed ${run.seed} (${ended.edits.join('; ')}): ${failure}`);
        // A process that hung, died or grew is not one to go on with.
        child.kill('SIGKILL');
        child = startChild(folder);
      }
      onProgress(i + 1);
    }
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
  return { outcomes, failures, maxRss };
}

function startChild(folder: string): ChildProcess {
  return fork(CHILD, [join(folder, 'work')], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** How a run ends: as the child says, or by its death, or never. */
function endOf(child: ChildProcess, run: Run): Promise<Ended> {
  return new Promise((resolve) => {
    const finish = (ended: Ended): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      resolve(ended);
    };
    const fail = (failure: string): void => {
      const { edits } = mutate(readFileSync(new URL(run.fixture, FIXTURES_FOLDER)), run.seed);
      finish({ run, edits, outcome: 'failure', failure, maxRss: 0 });
    };
    const timer = setTimeout(() => fail(`did not end in ${HANG_MS / 1000} s`), HANG_MS);
    child.once('message', (ended) => finish(ended as Ended));
    child.once('exit', (code, signal) => fail(`the process died: ${code ?? signal}`));
    child.once('error', (error) => fail(error.message));
    child.send(run);
  });
}
