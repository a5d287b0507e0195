import { startInline } from './inline.js';
import { startProcess } from './process.js';
import type { PoolKind, Stage } from './stage.js';
import { startThread } from './thread.js';

const STARTERS: Readonly<Record<PoolKind, (name: string, module: string, youngMb?: number) => Stage>> = {
  threads: startThread,
  processes: startProcess,
  inline: startInline,
};

/**
 * Starts a stage.
 * @param name what messages call it
 * @param module the URL of the module it runs, which exports `open`
 * @param youngMb megabytes that a thread's heap has for what is made and soon gone; as many as Node likes by default
 */
export function startStage(kind: PoolKind, name: string, module: string, youngMb?: number): Stage {
  return STARTERS[kind](name, module, youngMb);
}
