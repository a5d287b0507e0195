import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MARK } from './children.js';
import { preload } from './faults.js';

/** The command line as users start it, seen from the compiled `dist/test/support/`. */
export const RASTQ = fileURLToPath(new URL('../../../bin/rastq.js', import.meta.url));
/** The same before it is bundled, as `fault-preload.ts` wants it. */
const UNBUNDLED = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** Longer than any run here takes on a slow machine; a run that is still there then hangs. */
const WATCHDOG_MS = 60_000;

export interface CliOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Leads a process group of its own, as a command does that a shell starts. */
  readonly detached?: boolean;
  /** Another program that starts it: its words come before node's. */
  readonly through?: readonly string[];
  readonly watchdogMs?: number;
}

export interface CliResult {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly pid: number;
  /** In the environment of this run's processes, and of no others. */
  readonly mark: string;
  /** Resolves once it has ended and nothing holds its stdout and stderr open, its children included. */
  readonly ended: Promise<CliResult>;
  readonly hasEnded: () => boolean;
  kill(signal: NodeJS.Signals): void;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts rastq off a terminal. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const { watchdogMs = WATCHDOG_MS, through = [] } = options;
  const mark = randomUUID();
  const main = options.env?.['FAULT'] === undefined ? RASTQ : UNBUNDLED;
  const [program, ...words] = [...through, process.execPath, main, ...args];
  const env: NodeJS.ProcessEnv = { ...process.env, RASTQ_STALL: undefined, ...options.env, [MARK]: mark };
  const child = spawn(program, words, {
    cwd: options.cwd,
    env,
    detached: options.detached ?? false,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  }
  const ended = new Promise<CliResult>((resolve, reject) => {
    const watchdog = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`rastq ${args.join(' ')} hangs; it said ${JSON.stringify(text)}`));
    }, watchdogMs);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(watchdog);
      running.delete(child);
      resolve({ code, signal, ...text });
    });
  });
  return { pid: child.pid!, mark, ended, hasEnded: () => !running.has(child), kill: (signal) => void child.kill(signal) };
}

/** Runs rastq to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended;
}

/** Asserts a run that went well and said nothing on stderr. */
export function assertSilentSuccess(result: CliResult): void {
  assert.deepEqual({ ...result, stdout: '' }, { code: 0, signal: null, stdout: '', stderr: '' });
}

/**
 * Asserts that a run failed as it should: the code, nothing on stdout, and one line on stderr.
 * @returns what the line says
 */
export function failureOf(result: CliResult, code: number): string {
  assert.equal(result.code, code, `ended with ${result.code ?? result.signal}: ${result.stderr}`);
  assert.equal(result.stdout, '');
  const message = onlyLine(result.stderr);
  if (!message.startsWith('{')) return message;
  const record = JSON.parse(message) as { level: string; exitCode: number; msg: string };
  assert.equal(record.level, 'error');
  assert.equal(record.exitCode, code);
  return record.msg;
}

/** Asserts that a text is one line, and gives it. */
export function onlyLine(text: string): string {
  assert.match(text, /^[^\n]+\n$/, `one line wanted, got ${JSON.stringify(text)}`);
  return text.trimEnd();
}

/** Runs rastq and tells its peak resident memory too, threads included, in bytes. */
export async function runMeasured(args: readonly string[], options: CliOptions = {}): Promise<CliResult & { maxRssBytes: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'rastq-rss-'));
  try {
    const path = join(folder, 'rss');
    const result = await runCli(args, { ...options, env: { ...options.env, ...preload('rss-preload.js'), RSS_FILE: path } });
    return { ...result, maxRssBytes: Number(readFileSync(path, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
