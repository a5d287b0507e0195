import { Worker } from 'node:worker_threads';
import { textOf, WorkerDeathError } from '../errors.js';
import { Calls, type Response } from './protocol.js';
import { bufferOf, type Stage, type StageUsage } from './stage.js';

/** What a call that is under way is given to end by itself. */
const GRACE_MS = 500;
/** What a thread that is still loading then is given beyond that, where nobody waits for it. */
const LOADING_MS = 5000;

/** Threads that have not ended yet. */
const living = new Set<Worker>();

/** Ends all threads of this process at once. Resolves when they have ended: a thread within a call of the system does that later, or never. */
export async function endThreads(): Promise<void> {
  await Promise.all([...living].map((worker) => worker.terminate()));
}

/** What a thread may be told of its work; other kinds of stages have no use for it. */
export interface ThreadOptions {
  /** Megabytes that its heap has for what is made and soon gone; as many as Node likes by default. */
  readonly youngMb?: number | undefined;
  /** URLs of modules that its own module will load when it is opened. */
  readonly ahead?: readonly string[];
}

/** What a thread knows from its start. */
export interface ThreadData {
  /** Not 0: what has not begun yet shall not begin. */
  readonly stop: Int32Array;
}

/**
 * Ends a thread when it has loaded its modules, which its next message tells: the files that Node's loader has open in a thread
 * that is ended stay open. It opens nothing, and keeps nobody waiting.
 */
function endLoaded(worker: Worker): void {
  const end = (): void => void worker.terminate();
  worker.unref();
  worker.once('message', end);
  setTimeout(end, LOADING_MS).unref();
}

/** A stage in a thread of this process. Buffers are moved to it and back, never copied. */
export function startThread(name: string, module: string, { youngMb, ahead = [] }: ThreadOptions = {}): Stage {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./thread-entry.js', import.meta.url), {
    stdout: true,
    workerData: { stop } satisfies ThreadData,
    ...(youngMb !== undefined && { resourceLimits: { maxYoungGenerationSizeMb: youngMb } }),
  });
  living.add(worker);
  // Stdout carries data only, so what an operation prints goes to stderr.
  worker.stdout.on('data', (text: Buffer) => process.stderr.write(text));
  const calls = new Calls();
  worker.on('message', (response: Response) => calls.receive(response));
  worker.on('messageerror', (error) => calls.die(new WorkerDeathError(`${name}: a message could not be read`, { cause: error })));
  // Whatever its code throws: null is no error.
  worker.on('error', (cause: unknown) => calls.die(new WorkerDeathError(`${name} died: ${textOf(cause)}`, { cause })));
  worker.on('exit', (code) => {
    living.delete(worker);
    calls.die(new WorkerDeathError(`${name} died: it exited with code ${code}`));
  });
  let isLoading = true;
  // What goes wrong is told where it is opened.
  calls.request((id) => worker.postMessage({ type: 'load', id, modules: [module, ...ahead] })).then(
    () => (isLoading = false),
    () => undefined,
  );
  const interrupt = (): void => worker.postMessage({ type: 'interrupt' });
  const release = async (): Promise<StageUsage> => (await calls.request((id) => worker.postMessage({ type: 'close', id }))) as StageUsage;
  return {
    name,
    transfers: true,
    isDead: () => calls.areOver,
    open: (setup) => calls.request((id) => worker.postMessage({ type: 'open', id, module, setup })),
    call: (item, transfer = []) => calls.request((id) => worker.postMessage({ type: 'call', id, item }, transfer.map(bufferOf))),
    interrupt,
    release,
    close: async () => {
      const usage = await release();
      await worker.terminate();
      return usage;
    },
    terminate: async () => {
      // Node ends the whole process where a thread is ended while it makes or leaves a zlib stream: wait for a call's end.
      Atomics.store(stop, 0, 1);
      interrupt();
      const end = new WorkerDeathError(`${name} was ended`);
      await calls.settle(end, GRACE_MS);
      const isLeft = isLoading && living.has(worker);
      // A thread within a call of the system ends when that does: nobody waits for it.
      calls.die(end);
      if (isLeft) endLoaded(worker);
      else await worker.terminate();
    },
  };
}
