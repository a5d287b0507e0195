import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { RastqError } from '../../src/index.js';
import { normalize } from '../oracle/support/run.js';
import type { Outcome, Trial } from './trials.js';

/** What a thread of `trials.ts` runs: one trial after the other, each in a folder of its own. */
const port = parentPort!;
port.on('message', (trial: Trial) => void attempt(trial).then((outcome) => port.postMessage(outcome)));

async function attempt({ bytes, options }: Trial): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'rastq-trial-'));
  const [input, output] = [join(folder, 'in.tif'), join(folder, 'out.tif')];
  try {
    writeFileSync(input, bytes);
    const result = await normalize(input, output, options).then(
      () => ({ kind: 'done', output: Uint8Array.from(readFileSync(output)) }) as const,
      failureOf,
    );
    const left = readdirSync(folder).filter((name) => name !== 'in.tif' && !(name === 'out.tif' && result.kind === 'done'));
    return left.length === 0 ? result : { kind: 'crashed', what: `left ${left.join(', ')} after ${JSON.stringify(result)}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function failureOf(error: unknown): Outcome {
  if (error instanceof RastqError) return { kind: 'refused', code: error.exitCode, message: error.message };
  return { kind: 'crashed', what: error instanceof Error ? String(error.stack) : String(error) };
}
