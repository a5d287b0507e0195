import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { createSink, spoolFolder, type Target } from '../io/output.js';
import type { Handler, Reply } from '../pools/stage.js';
import { TiffSink } from '../tiff/sink.js';
import { tileGrid } from '../tiff/tile-layout.js';
import type { Plan } from './plan.js';
import type { LevelTile } from './pyramid.js';
import { taskCells } from './task.js';

/**
 * Asks the writer to append one task's tiles or a tile of an overview, to complete the file, or to make it appear. Tasks
 * come in their order, tiles of overviews in any.
 * Completing may take long and may be given up; making it appear is one step.
 */
export type WriteRequest =
  | {
      readonly type: 'write';
      readonly task: number;
      readonly buffer: ArrayBuffer;
      readonly length: number;
      readonly byteCounts: Uint32Array;
    }
  | {
      readonly type: 'overview';
      readonly tile: LevelTile;
      readonly buffer: ArrayBuffer;
      readonly length: number;
      readonly byteCounts: Uint32Array;
    }
  | { readonly type: 'finish' }
  | { readonly type: 'publish' };

export interface WriterSetup {
  readonly plan: Plan;
  readonly target: Target;
  /** How a remote output is reached; the standard way where it is left out. */
  readonly access?: Access | undefined;
  /** Where temporary files go; where the target has them by default. */
  readonly spoolFolder?: string | undefined;
}

export interface Written {
  /** The buffer the tiles came in, for the next task. */
  readonly buffer: ArrayBuffer;
  /** Bytes of the file so far. */
  readonly fileBytes: number;
  readonly seconds: number;
}

/** Opens the writer: it appends bytes and does nothing else to them. Runs in the writer thread. */
export async function open(setup: unknown): Promise<Handler> {
  const { plan, target, access = STANDARD_ACCESS, spoolFolder: folder = spoolFolder(target) } = setup as WriterSetup;
  const file = await createSink(target, access, plan.output.overviewBoundBytes);
  const sink = new TiffSink(plan.output, file, folder);
  const tiles = tileGrid(plan.output.profile, plan.output.layout);
  return {
    handle: async (item): Promise<Reply> => {
      const request = item as WriteRequest;
      const started = performance.now();
      const written = (buffer: ArrayBuffer): Written => ({
        buffer,
        fileBytes: sink.length,
        seconds: (performance.now() - started) / 1000,
      });
      if (request.type === 'finish' || request.type === 'publish') {
        await (request.type === 'finish' ? sink.finish() : file.publish());
        return { value: written(new ArrayBuffer(0)) };
      }
      const { buffer, length, byteCounts } = request;
      const encoded = new Uint8Array(buffer, 0, length);
      if (request.type === 'write') await sink.write(taskCells(tiles, plan.tasks, request.task), encoded, byteCounts);
      else await sink.write({ ...request.tile, cols: 1, rows: 1 }, encoded, byteCounts, request.tile.level);
      return { value: written(buffer), transfer: [buffer] };
    },
    dispose: async () => {
      await sink.discard();
      await file.discard();
    },
  };
}
