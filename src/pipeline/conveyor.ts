import { type Lane, runLanes } from '../pools/lanes.js';
import { OrderedQueue, Queue } from '../pools/queue.js';

/** Something that is known by its number among all of its kind. */
interface Numbered {
  readonly task: number;
}

/** The work that moves tasks along; each member is called by the main thread. */
export interface Conveyed<Loaded extends Numbered, Worked extends Numbered> {
  readonly count: number;
  /** Fetches a task's input. Called one at a time, in order. */
  readonly read: (task: number) => Promise<Loaded>;
  /** The workers of the pool, each as often as it is given a task at a time. */
  readonly lanes: readonly Lane<Loaded, Worked>[];
  /** Takes a result. Called one at a time, in order. */
  readonly consume: (worked: Worked) => Promise<void>;
  /** Is told, before it begins, what says how many tasks are in the queues. */
  readonly watch?: ((depths: () => { readonly input: number; readonly output: number }) => void) | undefined;
}

export interface QueueOptions {
  /** `none` reads everything before any of it is worked on. */
  readonly mode: QueueMode;
  /** Tasks that each queue holds. */
  readonly size: number;
}

export type QueueMode = 'bounded' | 'none';
export const QUEUE_MODES: readonly QueueMode[] = ['bounded', 'none'];

/** The most items there were in each queue. */
export interface HighWater {
  readonly input: number;
  readonly output: number;
}

/**
 * Moves tasks from the reader through the lanes to the consumer, with a bounded queue on either side of the lanes. The
 * first failure ends it.
 * @param stop rejects when it shall end from outside
 * @throws the first failure, or what `stop` rejects with
 */
export async function convey<Loaded extends Numbered, Worked extends Numbered>(
  work: Conveyed<Loaded, Worked>,
  { mode, size }: QueueOptions,
  stop: Promise<never>,
): Promise<HighWater> {
  const input = new Queue<Loaded>(mode === 'none' ? Infinity : size);
  const output = new OrderedQueue<Worked>(size);
  work.watch?.(() => ({ input: input.length, output: output.length }));
  const readAll = async (): Promise<void> => {
    for (let task = 0; task < work.count; task++) await input.put(await work.read(task));
    input.close();
  };
  const consumeAll = async (): Promise<void> => {
    for (let task = 0; task < work.count; task++) await work.consume((await output.take()) as Worked);
  };
  const moveAll = async (): Promise<unknown> => {
    const reading = readAll();
    if (mode === 'none') await reading;
    return Promise.all([reading, runLanes(input, work.lanes, (worked) => output.put(worked.task, worked)), consumeAll()]);
  };
  try {
    await Promise.race([moveAll(), stop]);
  } catch (error) {
    input.fail(error as Error);
    output.fail(error as Error);
    throw error;
  }
  return { input: input.highWater, output: output.highWater };
}
