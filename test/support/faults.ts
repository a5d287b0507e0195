import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { until } from './children.js';
import type { RunningCli } from './cli.js';
import type { Folder } from './folder.js';

/** Has node load a module of this folder ahead of rastq, in every process and thread of the run. @param env what is set for it beside */
export function preload(module: string, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const url = new URL(module, import.meta.url).href;
  return { NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} --import=${url}` };
}

/** An environment in which a run that is stopped, or fails, has all the time it takes to end. */
export function withPatience(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, ...preload('patience-preload.js', env) };
}

/**
 * The environment in which a run fails at a chosen moment.
 * @param fault what happens where, as `fault-preload.ts` has it
 */
export function withFault(fault: string): NodeJS.ProcessEnv {
  return { ...preload('fault-preload.js'), FAULT: fault };
}

/**
 * Words that cut `scene.tif` into 24 tasks of up to four windows, whose results are small enough for a process to be
 * rid of them before it takes the next task; in threads, which so small a raster has for the asking only.
 */
export const SMALL_TASKS = ['--window', '64', '--co', 'BLOCKXSIZE=64', '--co', 'BLOCKYSIZE=64', '--pool', 'threads'] as const;

/**
 * Holds the workers of a run with SMALL_TASKS midway, so that what comes next finds a run that is neither young nor
 * about to end.
 */
export class Gate {
  readonly #path: string;

  /** @param folder where the gate's files go: not the output's */
  constructor(folder: Folder) {
    this.#path = folder.at('gate');
  }

  /** The environment of a run whose workers are each held in their third task. */
  get env(): NodeJS.ProcessEnv {
    return { ...withFault('apply:hold:12'), FAULT_GATE: this.#path };
  }

  /** Waits until a worker of the run is held, and gives the number of the process it is in. */
  async held(run: RunningCli): Promise<number> {
    await until('a worker is held', () => sizeOf(`${this.#path}.held`) > 0, run.hasEnded);
    return Number(readFileSync(`${this.#path}.held`, 'utf8'));
  }

  /** Lets all workers go on. */
  release(): void {
    writeFileSync(`${this.#path}.release`, '');
  }
}

/** Bytes of a file; 0 where there is none. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Waits until the temporary file of a run's output has pixels in it. */
export async function growing(run: RunningCli, folder: Folder): Promise<void> {
  const isGrowing = (): boolean => folder.list().some((name) => name.endsWith('.partial') && sizeOf(folder.at(name)) > 0);
  await until('the temporary file grows', isGrowing, run.hasEnded);
}
