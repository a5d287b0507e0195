import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { JournalAppender } from '../io/journal-file.js';
import { createSink, isResumable, type ResumableTarget, type Target } from '../io/output.js';
import { openResumableFile } from '../io/resumable-file.js';
import type { ByteSink } from '../io/byte-sink.js';
import type { Handler, Reply } from '../pools/stage.js';
import { TiffSink } from '../tiff/sink.js';
import { tileGrid } from '../tiff/tile-layout.js';
import { TaskJournal } from './journal.js';
import type { Plan } from './plan.js';
import { readStanding } from './resume.js';
import { taskCells } from './task.js';

/**
 * Asks the writer to append one task's tiles, to complete the file, or to make it appear. Tasks come in their order.
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
  | { readonly type: 'finish' }
  | { readonly type: 'publish' };

export interface WriterSetup {
  readonly plan: Plan;
  readonly target: Target;
  /** How a remote output is reached; the standard way where it is left out. */
  readonly access?: Access | undefined;
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
  const { plan, target, access = STANDARD_ACCESS } = setup as WriterSetup;
  const { file, sink, journal } = isResumable(target) ? goOn(plan, target) : await begin(plan, target, access);
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
      if (request.type !== 'write') {
        if (request.type === 'finish') await finish(sink, journal);
        else await file.publish();
        return { value: written(new ArrayBuffer(0)) };
      }
      const { task, buffer, length, byteCounts } = request;
      await sink.write(taskCells(tiles, plan.tasks, task), new Uint8Array(buffer, 0, length), byteCounts);
      journal?.add({ task, byteCounts: [...byteCounts] }, length);
      return { value: written(buffer), transfer: [buffer] };
    },
    dispose: async () => {
      await journal?.close();
      await file.discard();
    },
  };
}

interface OpenOutput {
  readonly file: ByteSink;
  readonly sink: TiffSink;
  /** Where the run can be resumed. */
  readonly journal?: TaskJournal;
}

async function begin(plan: Plan, target: Target, access: Access): Promise<OpenOutput> {
  const file = await createSink(target, access);
  return { file, sink: new TiffSink(plan.output, file) };
}

/** Opens what the journal knows of as if it had just been written. */
function goOn(plan: Plan, target: ResumableTarget): OpenOutput {
  const file = openResumableFile(target);
  const sink = new TiffSink(plan.output, file);
  const tiles = tileGrid(plan.output.profile, plan.output.layout);
  const { tasks, bytes } = readStanding(target.journalPath)!;
  for (const { task, byteCounts } of tasks) sink.place(taskCells(tiles, plan.tasks, task), byteCounts);
  file.cut(sink.length);
  return { file, sink, journal: new TaskJournal(file, new JournalAppender(target.journalPath, bytes)) };
}

async function finish(sink: TiffSink, journal: TaskJournal | undefined): Promise<void> {
  await journal?.settle();
  await sink.finish();
  await journal?.complete();
}
