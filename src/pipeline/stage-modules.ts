import { isRemote, locationKind } from '../io/location.js';
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

/** What takes as long to load as all else of a thread, where the other end is S3. */
const SDK = at('../io/s3-sdk.js');
/** What a network takes beside it, which is loaded while the main thread asks for the head. */
const CLIENTS = { http: [at('../io/remote-source.js'), at('../io/http-client.js')], s3: [SDK, at('../io/remote-source.js'), at('../io/s3-range-client.js')], file: [], standard: [] };

/** How a run's reader and writer are started beside a pool. */
export const readerStage = (kind: PoolKind, input: string): StageStart => [besidePool(kind), 'reader', STAGE_MODULES.reader, { youngMb: YOUNG_MB, ahead: CLIENTS[locationKind(input)] }];
export const writerStage = (kind: PoolKind, output: string): StageStart => [besidePool(kind), 'writer', STAGE_MODULES.writer, { youngMb: YOUNG_MB, ahead: locationKind(output) === 's3' ? [SDK] : [] }];

/** What is known of a run before its input is opened. */
export interface ComingRun {
  readonly pool: PoolKind;
  readonly workers: number;
  /** Where its first input is, and its output. */
  readonly input: string;
  readonly output: string;
}

/** Starts the stages of a run of which no more is known yet. */
export function startAhead(stages: StagePool, { pool, workers, input, output }: ComingRun): void {
  // Processes read most local files themselves.
  if (pool !== 'processes' || isRemote(input)) stages.start(...readerStage(pool, input));
  for (let worker = 0; worker < workers; worker++) stages.start(pool, workerName(worker), STAGE_MODULES.worker, { youngMb: YOUNG_MB });
  stages.start(...writerStage(pool, output));
}
