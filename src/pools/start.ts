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
 * Starts a stage.
 * @param name what messages call it
 * @param module the URL of the module it runs, which exports `open`
 */
export function startStage(kind: PoolKind, name: string, module: string, options?: ThreadOptions): Stage {
  return STARTERS[kind](name, module, options);
}
