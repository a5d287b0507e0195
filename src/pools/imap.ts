import { setMaxListeners } from 'node:events';

export interface ImapOptions {
  /** Items that are begun beyond the results that were taken. */
  readonly ahead: number;
  /** Ends it; it then throws the signal's reason. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Does items side by side and gives their results in the items' order. An item is asked for only
 * when there is room for it.
 * @param work does one; the signal says that nobody wants it any more
 * @throws the first failure in the items' order
 */
export async function* imapAhead<In, Out>(
  items: Iterable<In> | AsyncIterable<In>,
  work: (item: In, end: AbortSignal) => Promise<Out>,
  { ahead, signal }: ImapOptions,
): AsyncGenerator<Out, void, undefined> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const end = new AbortController();
  const isUnwanted = signal === undefined ? end.signal : AbortSignal.any([signal, end.signal]);
  setMaxListeners(0, isUnwanted);
  const results: Promise<Out>[] = [];
  let next: Promise<IteratorResult<In, unknown>> | undefined;
  let hasEnded = false;
  try {
    for (;;) {
      if (next === undefined && !hasEnded && results.length < ahead) next = Promise.resolve(iterator.next());
      if (next === undefined && results.length === 0) return;
      // Whichever is there first: a result to give, or an item to begin with.
      const first = await Promise.race([next?.then((taken) => ({ taken })), results[0]?.then(() => undefined)].filter((one) => one !== undefined));
      if (first === undefined) {
        yield await results.shift()!;
        continue;
      }
      next = undefined;
      if (first.taken.done === true) {
        hasEnded = true;
        continue;
      }
      const result = work(first.taken.value, isUnwanted);
      // Its turn reports it.
      result.catch(() => undefined);
      results.push(result);
    }
  } finally {
    end.abort(new Error('nobody waits for this result any more'));
    // What waits for its next item, which may never come, is not waited for.
    if (next === undefined) await (hasEnded ? undefined : iterator.return?.());
    else next.then(() => iterator.return?.()).catch(() => undefined);
  }
}
