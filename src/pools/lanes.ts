import { EndOfQueue, type Queue } from './queue.js';

/** Does one item at a time; lanes run side by side. */
export type Lane<In, Out> = (item: In) => Promise<Out>;

/**
 * Does all items of a queue, each in the lane that is free first, until the queue ends.
 * @param put takes each result, from any lane; a lane waits for it
 * @throws the first failure; the other lanes end with their next item, which they take from a queue that has failed
 */
export async function runLanes<In, Out>(
  input: Queue<In>,
  lanes: readonly Lane<In, Out>[],
  put: (result: Out) => Promise<void>,
): Promise<void> {
  const run = async (lane: Lane<In, Out>): Promise<void> => {
    for (let item = await input.take(); item !== EndOfQueue; item = await input.take()) await put(await lane(item));
  };
  await Promise.all(lanes.map(run));
}
