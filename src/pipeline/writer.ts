import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { createSink, isResumable, type KeptTarget, openResumable, type OpenTarget, type SinkRoom, spoolFolder, type WriterTarget } from '../io/output.js';
import type { ByteSink } from '../io/byte-sink.js';
import type { LockClaim } from '../io/lock-file.js';
import type { Handler, Reply } from '../pools/stage.js';
import { headLength } from '../tiff/directory-writer.js';
import { type FinishedFile, TiffSink } from '../tiff/sink.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { TaskJournal } from './journal.js';
import type { Plan } from './plan.js';
import type { LevelTile } from './pyramid.js';
import { readStanding } from './resume.js';
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
      /** Of the tiles before they were encoded, where the run takes any. */
      readonly checksums: Uint32Array | undefined;
    }
  | {
      readonly type: 'overview';
      readonly tile: LevelTile;
      readonly buffer: ArrayBuffer;
      readonly length: number;
      readonly byteCounts: Uint32Array;
    }
  | { readonly type: 'finish' }
  | {
      readonly type: 'publish';
      /** Whether it was read back and found right. */
      readonly verified: boolean;
    };

export interface WriterSetup {
  readonly plan: Plan;
  readonly target: WriterTarget;
  /** How a remote output is reached; the standard way where it is left out. */
  readonly access?: Access | undefined;
  /** Where temporary files go; where the target has them by default. */
  readonly spoolFolder?: string | undefined;
  /** The lock without which nothing of the output is changed. */
  readonly claim?: LockClaim | undefined;
}

export interface Written {
  /** The buffer the tiles came in, for the next task. */
  readonly buffer: ArrayBuffer;
  /** Once it is complete. */
  readonly finished?: FinishedFile;
  readonly seconds: number;
}

/**
 * Opens the writer: it appends bytes and does nothing else to them. Runs in the writer thread. What it has opened is told, an
 * `OpenTarget`, where that was begun by it.
 */
export async function open(setup: unknown): Promise<Handler> {
  const { plan, target, access = STANDARD_ACCESS, spoolFolder: folder = spoolFolder(target), claim } = setup as WriterSetup;
  const how = { access, folder, claim };
  const { file, sink, journal, known, begun } = isResumable(target) ? await goOn(plan, target, how) : await begin(plan, target, how);
  const tiles = tileGrid(plan.output.profile, plan.output.layout);
  return {
    opened: begun,
    handle: async (item): Promise<Reply> => {
      const request = item as WriteRequest;
      const started = performance.now();
      const written = (buffer: ArrayBuffer): Written => ({
        buffer,
        seconds: (performance.now() - started) / 1000,
      });
      if (request.type === 'finish' || request.type === 'publish') {
        if (request.type === 'finish') {
          await journal?.settle();
          const finished = await sink.finish();
          return { value: { ...written(new ArrayBuffer(0)), finished } };
        }
        await journal?.complete(request.verified);
        await file.publish();
        return { value: written(new ArrayBuffer(0)) };
      }
      const { buffer, length, byteCounts } = request;
      const encoded = new Uint8Array(buffer, 0, length);
      if (request.type === 'write' && request.task < known) {
        await sink.writeAgain(taskCells(tiles, plan.tasks, request.task), encoded, byteCounts);
      } else if (request.type === 'write') {
        await sink.write(taskCells(tiles, plan.tasks, request.task), encoded, byteCounts);
        journal?.add({ task: request.task, byteCounts: [...byteCounts], ...(request.checksums && { checksums: [...request.checksums] }) }, length);
      } else await sink.write({ ...request.tile, cols: 1, rows: 1 }, encoded, byteCounts, request.tile.level);
      return { value: written(buffer), transfer: [buffer] };
    },
    interrupt: () => file.interrupt?.(),
    dispose: async () => {
      await journal?.close();
      await sink.discard();
      await file.discard();
    },
  };
}

interface OpenOutput {
  readonly file: ByteSink;
  readonly sink: TiffSink;
  /** Where the run can be resumed. */
  readonly journal?: TaskJournal;
  /** Tasks, from the first on, that were written before: they may come again. */
  readonly known: number;
  /** What was begun, where that was not before. */
  readonly begun?: OpenTarget | undefined;
}

interface How {
  readonly access: Access;
  /** Where temporary files go. */
  readonly folder: string;
  readonly claim: LockClaim | undefined;
}

async function begin(plan: Plan, place: WriterTarget, { access, folder, claim }: How): Promise<OpenOutput> {
  const { file, target } = await createSink(place, access, roomOf(plan), claim);
  return { file, sink: new TiffSink(plan.output, file, folder), known: 0, begun: target === place ? undefined : target };
}

const roomOf = ({ output }: Plan): SinkRoom => ({ headBytes: headLength(output), insertedBytes: output.overviewBoundBytes });

/** Opens what the journal knows of as if it had just been written. */
async function goOn(plan: Plan, target: KeptTarget, { access, folder, claim }: How): Promise<OpenOutput> {
  const { records, tasks, bytes } = (await readStanding(target, access))!;
  const { file, journal, cut } = await openResumable(target, access, { room: roomOf(plan), records: records.slice(0, 1 + tasks.length), bytes, claim });
  const sink = new TiffSink(plan.output, file, folder);
  const tiles = tileGrid(plan.output.profile, plan.output.layout);
  for (const { task, byteCounts } of tasks) sink.place(taskCells(tiles, plan.tasks, task), byteCounts);
  cut(sink.length);
  return { file, sink, journal: new TaskJournal(file, journal), known: tasks.length };
}
