import { readFileSync } from 'node:fs';
import { FIXTURES_FOLDER } from '../../fixtures/fixture.js';
import { attempt, type Outcome, outputOf } from './attempt.js';
import { mutate } from './mutate.js';

/** A process of a campaign: it makes the runs it is told of, one at a time, and says how each ended. */

/** One run, by what it can be made again from. */
export interface Run {
  /** A path within `fixtures/`. */
  readonly fixture: string;
  readonly seed: number;
}

export interface Ended {
  readonly run: Run;
  readonly edits: readonly string[];
  readonly outcome: Outcome | 'failure';
  /** What happened that must not. */
  readonly failure: string | null;
  /** The most memory that the process has had, bytes. */
  readonly maxRss: number;
}

interface Sound {
  readonly bytes: Uint8Array;
  readonly output: Uint8Array | null;
}

const sounds = new Map<string, Sound>();

async function soundOf(fixture: string, folder: string): Promise<Sound> {
  const known = sounds.get(fixture);
  if (known !== undefined) return known;
  const bytes = readFileSync(new URL(fixture, FIXTURES_FOLDER));
  const sound = { bytes, output: await outputOf(bytes, folder) };
  sounds.set(fixture, sound);
  return sound;
}

async function end(run: Run, folder: string): Promise<Ended> {
  const { bytes, output } = await soundOf(run.fixture, folder);
  const mutation = mutate(bytes, run.seed);
  const { edits } = mutation;
  const maxRss = (): number => process.resourceUsage().maxRSS * 1024;
  try {
    const outcome = await attempt(mutation.bytes, folder, output);
    return { run, edits, outcome, failure: null, maxRss: maxRss() };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { run, edits, outcome: 'failure', failure, maxRss: maxRss() };
  }
}

const [folder] = process.argv.slice(2);
process.on('message', (run: Run) => void end(run, folder).then((ended) => process.send?.(ended)));
process.on('disconnect', () => process.exit());
