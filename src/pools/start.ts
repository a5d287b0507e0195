import { textOf, WorkerDeathError } from '../errors.js';
import { startInline } from './inline.js';
import { startProcess } from './process.js';
import type { PoolKind, Stage } from './stage.js';
import { startThread, type ThreadOptions } from './thread.js';

const STARTERS: Readonly<Record<PoolKind, (name: string, module: string, options?: ThreadOptions) => Stage>> = {
  threads: startThread,
  processes: startProcess,
  inline: startInline,
};

/**
 * Starts a stage. Never throws: where there can be no more threads or processes it is dead from the start.
 * @param name what messages call it
 * @param module the URL of the module it runs, which exports `open`
 */
export function startStage(kind: PoolKind, name: string, module: string, options?: ThreadOptions): Stage {
  try {
    return STARTERS[kind](name, module, options);
  } catch (cause) {
    return deadStage(name, new WorkerDeathError(`${name} cannot be started: ${textOf(cause)}`, { cause }));
  }
}

/** A stage for which there was no thread or process. */
function deadStage(name: string, death: WorkerDeathError): Stage {
  const fail = (): Promise<never> => Promise.reject(death);
  return { name, transfers: false, isDead: () => true, open: fail, call: fail, interrupt: () => undefined, release: fail, close: fail, terminate: () => Promise.resolve() };
}
