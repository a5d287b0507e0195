import type { PoolKind } from '../pools/stage.js';
import type { QueueMode } from './conveyor.js';

/** How a plan is to be run, as far as memory is concerned. */
export interface Crew {
  readonly workers: number;
  readonly pool: PoolKind;
  readonly queue: { readonly mode: QueueMode; readonly size: number };
  /** Bytes of a remote input that are fetched ahead. */
  readonly aheadBytes: number;
  /** Whether the output is read back and compared; it is not by default. */
  readonly verifies?: boolean;
}
