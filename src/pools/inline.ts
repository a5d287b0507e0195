import type { Handler, OpenHandler, Stage, StageUsage } from './stage.js';

/** A stage in this thread: no parallelism, one item at a time. The oracle in tests, and the place for breakpoints. */
export function startInline(name: string, module: string): Stage {
  let handler: Handler | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const dispose = async (): Promise<void> => {
    await last;
    await handler?.dispose?.();
    handler = undefined;
  };
  const release = async (): Promise<StageUsage> => {
    await dispose();
    return { maxRssBytes: 0 };
  };
  return {
    name,
    transfers: true,
    open: async (setup) => {
      const { open } = (await import(module)) as { open: OpenHandler };
      handler = await open(setup);
    },
    call: (item) => {
      const result = last.then(async () => {
        // A turn of the event loop: signals and timers are served between items.
        await new Promise(setImmediate);
        return (await handler!.handle(item)).value;
      });
      last = result.catch(() => undefined);
      return result;
    },
    release,
    close: release,
    terminate: dispose,
  };
}
