import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { MemorySampler } from './memory.js';

/** A whole process, from command to exit. */
export interface Measurement {
  readonly wallSeconds: number;
  /** User and system time of the process and all that it waited for. */
  readonly cpuSeconds: number;
  /** Of all its processes, each page counted once; 0 where it was not asked for. */
  readonly peakBytes: number;
  readonly stdout: string;
}

/** Clock ticks a second in /proc, the same on every Linux that Node runs on. */
const TICKS = 100;

/**
 * Runs a command and measures it.
 * @param sampling memory is sampled, which costs the process some time
 * @throws if the command fails, with what it wrote to stderr; the signal's reason
 */
export async function measure(command: readonly string[], sampling: boolean, signal: AbortSignal): Promise<Measurement> {
  signal.throwIfAborted();
  const cpuBefore = childrenCpuSeconds();
  const started = performance.now();
  // A session of its own: its processes are known by it, and end by it.
  const child = spawn(command[0], command.slice(1), { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const closed = new Promise((resolve) => child.once('close', resolve));
  await once(child, 'spawn');
  const session = child.pid!;
  const kill = (): void => void process.kill(-session, 'SIGKILL');
  signal.addEventListener('abort', kill);
  const sampler = sampling ? new MemorySampler(session) : undefined;
  const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null];
  const wallSeconds = (performance.now() - started) / 1000;
  signal.removeEventListener('abort', kill);
  const peakBytes = sampler?.stop() ?? 0;
  const cpuSeconds = childrenCpuSeconds() - cpuBefore;
  await closed;
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`${command.join(' ')}: ${killedBy ?? `exit code ${code}`}\n${output.stderr.trimEnd()}`);
  return { wallSeconds, cpuSeconds, peakBytes, stdout: output.stdout };
}

/** The processor time of all children so far that have ended and of their children: exact, and needs no sampling. */
function childrenCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const [userTicks, systemTicks] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(13, 15).map(Number);
  return (userTicks + systemTicks) / TICKS;
}
