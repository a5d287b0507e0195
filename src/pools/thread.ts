import { Worker } from 'node:worker_threads';
import { WorkerDeathError } from '../errors.js';
import { Calls, type Response } from './protocol.js';
import type { Stage, StageUsage } from './stage.js';

/** A stage in a thread of this process. Buffers are moved to it and back, never copied. */
export function startThread(name: string, module: string): Stage {
  const worker = new Worker(new URL('./thread-entry.js', import.meta.url), { stdout: true });
  // Stdout carries data only, so what an operation prints goes to stderr.
  worker.stdout.on('data', (text: Buffer) => process.stderr.write(text));
  const calls = new Calls();
  worker.on('message', (response: Response) => calls.receive(response));
  worker.on('messageerror', (error) => calls.die(new WorkerDeathError(`${name}: a message could not be read`, { cause: error })));
  worker.on('error', (cause) => calls.die(new WorkerDeathError(`${name} died: ${cause.message}`, { cause })));
  worker.on('exit', (code) => calls.die(new WorkerDeathError(`${name} died: it exited with code ${code}`)));
  const release = async (): Promise<StageUsage> => (await calls.request((id) => worker.postMessage({ type: 'close', id }))) as StageUsage;
  return {
    name,
    transfers: true,
    open: async (setup) => {
      await calls.request((id) => worker.postMessage({ type: 'open', id, module, setup }));
    },
    call: (item, transfer = []) => calls.request((id) => worker.postMessage({ type: 'call', id, item }, [...transfer])),
    release,
    close: async () => {
      const usage = await release();
      await worker.terminate();
      return usage;
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}
