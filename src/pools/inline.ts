import { WorkerDeathError } from '../errors.js';
import { loadModule } from '../load-module.js';
import type { Handler, OpenHandler, Stage, StageUsage } from './stage.js';
import { Turns } from './turns.js';

/** A stage in this thread: no parallelism, one item at a time. The oracle in tests, and the place for breakpoints. */
export function startInline(name: string, module: string): Stage {
  let handler: Handler | undefined;
  const turns = new Turns();
  let isEnded = false;
  const interrupt = (): void => handler?.interrupt?.();
  const release = (): Promise<StageUsage> =>
    turns.take(
      () => 1,
      async () => {
        const last = handler;
        handler = undefined;
        await last?.dispose?.();
        return { maxRssBytes: 0 };
      },
    );
  return {
    name,
    transfers: true,
    isDead: () => false,
    open: async (setup) => {
      const { open } = (await loadModule(module)) as { open: OpenHandler };
      const opened = isEnded ? undefined : await open(setup);
      if (isEnded) {
        // Who ended the stage knows nothing of what was opened meanwhile.
        await opened?.dispose?.();
        throw new WorkerDeathError(`${name} was ended`);
      }
      handler = opened;
      return opened?.opened;
    },
    call: (item) =>
      turns.take(
        () => handler?.concurrency ?? 1,
        async () => {
          // A turn of the event loop: signals and timers are served between items.
          await new Promise(setImmediate);
          return (await handler!.handle(item)).value;
        },
      ),
    interrupt,
    release,
    close: release,
    terminate: async () => {
      isEnded = true;
      interrupt();
      await release().catch(() => undefined);
    },
  };
}
