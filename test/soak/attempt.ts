import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { markedProcesses, noProcessList, until } from '../support/children.js';
import { type CliResult, type RunningCli, startCli } from '../support/cli.js';
import { preload, withFault } from '../support/faults.js';
import type { Job, Trouble } from './job.js';

/** How a job ended: what its run came to at first. */
export type Outcome = 'done' | 'refused' | 'failed' | 'killed' | 'stopped';

/** Far longer than a run takes, many at a time. */
const WATCHDOG_MS = 240_000;
const REFUSED = [2, 3];
const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Does a job in a folder of its own: runs it without threads and undisturbed, then as the job says, and where that ends in a
 * failure once more without one.
 * @throws Error where it hangs, makes other bytes, ends otherwise than it may, or leaves what it may not
 */
export async function attempt(job: Job, folder: string): Promise<Outcome> {
  const [calm, troubled] = ['calm', 'troubled'].map((name) => join(folder, name));
  for (const each of [calm, troubled]) {
    mkdirSync(each, { recursive: true });
    writeFileSync(join(each, 'in.tif'), job.bytes());
  }
  try {
    const started = performance.now();
    const wanted = await start(job, calm, ['--pool', 'inline']).ended;
    const calmMs = performance.now() - started;
    if (REFUSED.includes(wanted.code!)) return await refused(job, troubled, wanted);
    assert.deepEqual([wanted.code, unforeseen(wanted.stderr)], [0, ''], 'the run without threads failed');
    return await done(job, troubled, { bytes: readFileSync(join(calm, 'out.tif')), calmMs });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What cannot be done cannot be done however it is run. */
async function refused(job: Job, folder: string, wanted: CliResult): Promise<Outcome> {
  const how = job.how.filter((word) => word !== '--resume');
  const { code, stderr } = await start(job, folder, how).ended;
  assert.deepEqual([code, messageOf(stderr)], [wanted.code, messageOf(wanted.stderr)]);
  assert.deepEqual(readdirSync(folder), ['in.tif']);
  return 'refused';
}

async function done(job: Job, folder: string, { bytes, calmMs }: { readonly bytes: Buffer; readonly calmMs: number }): Promise<Outcome> {
  // A COG is put together at its end.
  const resumes = job.how.includes('--resume') && !job.options.includes('COG');
  const how = resumes ? job.how : job.how.filter((word) => word !== '--resume');
  const moments = job.trouble.kind === 'kill' && resumes ? job.trouble.moments : [undefined];
  let outcome: Outcome = 'done';
  for (const moment of moments) {
    const run = start(job, folder, how, environmentOf(job.trouble, folder));
    await disturb(run, job.trouble, { moment, calmMs });
    const result = await run.ended;
    // One that was only being started when its parent was killed finds that out once it runs.
    if (noProcessList === false) await until('its processes are gone', () => markedProcesses(run.mark).length === 0);
    outcome = outcomeOf(result, job.trouble);
    assertLeft(folder, outcome, { resumes, result });
    if (outcome === 'done') break;
  }
  if (outcome !== 'done') {
    const again = await start(job, folder, resumes ? how : [...how, '--overwrite']).ended;
    assert.deepEqual([again.code, unforeseen(again.stderr)], [0, ''], 'it failed once more, undisturbed');
    assertLeft(folder, 'done', { resumes, result: again });
  }
  assert.ok(readFileSync(join(folder, 'out.tif')).equals(bytes), 'the output has other bytes than that of a run without threads');
  return outcome;
}

function start({ command, options }: Job, cwd: string, how: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCli {
  return startCli([command, 'in.tif', 'out.tif', ...options, ...how], { cwd, env, watchdogMs: WATCHDOG_MS });
}

/** The command of a job, to be tried by hand. */
export function describeJob({ input, command, options, how, trouble }: Job): string {
  const words = [command, 'in.tif', 'out.tif', ...options, ...how].map((word) => (/^[\w.,=:/-]+$/.test(word) ? word : `'${word}'`));
  return `${input}\n  rastq ${words.join(' ')}\n  ${JSON.stringify(trouble)}`;
}

function environmentOf(trouble: Trouble, folder: string): NodeJS.ProcessEnv {
  if (trouble.kind === 'file') return { ...preload('file-fault-preload.js'), FILE_FAULT: trouble.fault };
  return trouble.kind === 'worker' ? { ...withFault(trouble.fault), FAULT_ONCE: `${folder}.met` } : {};
}

async function disturb(run: RunningCli, trouble: Trouble, { moment, calmMs }: { readonly moment: number | undefined; readonly calmMs: number }): Promise<void> {
  if (trouble.kind !== 'kill' && trouble.kind !== 'signal') return;
  const at = moment ?? (trouble.kind === 'kill' ? trouble.moments[0] : trouble.moment);
  await Promise.race([sleep(at * calmMs), run.ended]);
  run.kill(trouble.kind === 'kill' ? 'SIGKILL' : trouble.signal);
}

/** How a run ended, if it is one of the ways in which it may. */
function outcomeOf({ code, signal, stderr }: CliResult, trouble: Trouble): Outcome {
  if (code === 0) {
    const isToldOf = trouble.kind === 'worker';
    assert.ok(unforeseen(stderr) === '' || isToldOf, `it went well, but said ${stderr}`);
    return 'done';
  }
  if (trouble.kind === 'kill' && signal === 'SIGKILL') return 'killed';
  // A signal that comes before it is listened to ends a process as it does any other.
  if (trouble.kind === 'signal' && (code === SIGNAL_CODES[trouble.signal] || signal === trouble.signal)) return 'stopped';
  assert.ok(code === 5 && trouble.kind === 'file', `it ended with ${code ?? signal}: ${stderr}`);
  const [fault] = trouble.fault.split(':');
  assert.match(messageOf(stderr), fault === 'flip' ? /verification failed|cannot/ : new RegExp(`\\(${fault}\\)`));
  return 'failed';
}

/** What a run says but that results are saturated, as a job may ask for. */
function unforeseen(stderr: string): string {
  return stderr.replace(/^.*: results beyond are saturated.*\n/gm, '');
}

/** What a run says at its end, without when. */
function messageOf(stderr: string): string {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  return line.startsWith('{') ? (JSON.parse(line) as { msg: string }).msg : line;
}

/** Asserts that there is nothing in a folder that a run may not leave. */
function assertLeft(folder: string, outcome: Outcome, { resumes, result }: { readonly resumes: boolean; readonly result: CliResult }): void {
  const left = readdirSync(folder).filter((name) => name !== 'in.tif');
  // Who is killed cleans nothing up: the next run does.
  const isSudden = outcome === 'killed' || result.signal !== null;
  const may = [
    ...(resumes ? ['out.tif.journal', 'out.tif.partial'] : []),
    ...(outcome === 'done' || isSudden || resumes ? ['out.tif'] : []),
  ];
  const isOfTheDead = (name: string): boolean => isSudden && [`.out.tif.${hostname()}.`, '.out.tif.lock', `.rastq.${hostname()}.`].some((start) => name.startsWith(start));
  const wrong = left.filter((name) => !may.includes(name) && !isOfTheDead(name));
  assert.deepEqual(wrong, [], `${outcome}, ${result.stderr}`);
  if (outcome === 'done') assert.deepEqual(left.sort(), ['out.tif', ...(resumes ? ['out.tif.journal'] : [])]);
}
