import { workerName } from '../pools/pool.js';
import type { StagePool } from '../pools/stage-pool.js';
import type { PoolKind } from '../pools/stage.js';
import type { startStage } from '../pools/start.js';

type StageStart = Parameters<typeof startStage>;

const at = (module: string): string => new URL(module, import.meta.url).href;

/** What a run's stages run, by URL. */
export const STAGE_MODULES = { reader: at('./reader.js'), worker: at('./worker.js'), writer: at('./writer.js') };

/**
 * Megabytes of the heap of each of their threads for what is made and soon gone, which is little: messages and views. What V8
 * would take by itself are 2 to 4 MB more a thread (docs/performance.md).
 */
export const YOUNG_MB = 2;

/** Where reader and writer live beside a pool. */
export const besidePool = (kind: PoolKind): PoolKind => (kind === 'inline' ? 'inline' : 'threads');

/** How a run's reader and writer are started beside a pool. */
export const readerStage = (kind: PoolKind): StageStart => [besidePool(kind), 'reader', STAGE_MODULES.reader, YOUNG_MB];
export const writerStage = (kind: PoolKind): StageStart => [besidePool(kind), 'writer', STAGE_MODULES.writer, YOUNG_MB];

/** Starts the stages of a run of which no more is known yet. */
export function startAhead(stages: StagePool, { pool, workers }: { readonly pool: PoolKind; readonly workers: number }): void {
  stages.start(...readerStage(pool));
  for (let worker = 0; worker < workers; worker++) stages.start(pool, workerName(worker), STAGE_MODULES.worker, YOUNG_MB);
  stages.start(...writerStage(pool));
}
