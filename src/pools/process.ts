import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WorkerDeathError } from '../errors.js';
import type { Duplex } from 'node:stream';
import { keepFreedMemory } from '../kernels/garbage.js';
import { Assembly, largeOnes, part, PIPE_FD, Rooms, viewOf } from './payload.js';
import { endedWithParent, type ParentGuard } from './parent-death.js';
import { Calls, type Response } from './protocol.js';
import type { Stage, StageUsage } from './stage.js';

/** The end of a channel comes right behind the end of its process; who holds it open is not waited for. */
const LAST_ANSWERS_MS = 1000;

/** Processes that have not ended yet. One that is busy would outlive this process if that ended by process.exit. */
const living = new Set<ChildProcess>();
process.on('exit', () => living.forEach(end));

/** Ends a process. One that was never started has no number, and Node would send the signal to any that stands there, to this one's group for one. */
function end(child: ChildProcess): void {
  if (child.pid !== undefined) child.kill('SIGKILL');
}

/** A stage in a process of its own: what crashes there leaves this process whole. Buffers are copied both ways. */
export function startProcess(name: string, module: string): Stage {
  keepFreedMemory();
  const start = endedWithParent();
  const guard: ParentGuard = start === undefined ? 'thread' : 'kernel';
  const child = fork(fileURLToPath(new URL('./process-entry.js', import.meta.url)), [String(process.pid), module, guard], {
    serialization: 'advanced',
    // Stdout carries data only, so what an operation prints goes to stderr.
    stdio: ['ignore', 2, 2, 'ipc', 'pipe'],
    execPath: start?.execPath,
    execArgv: start?.execArgv ?? [],
  });
  living.add(child);
  const calls = new Calls();
  const called = `${name} (process ${child.pid ?? 'not started'})`;
  const exited = new Promise<void>((resolve) => {
    child.on('exit', (code, signal) => {
      living.delete(child);
      const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
      const die = (): void => {
        calls.die(new WorkerDeathError(`${called} died: it ${how}`));
        resolve();
      };
      // What it answered before it died may be in the channel still.
      if (child.connected) {
        child.once('disconnect', die);
        setTimeout(die, LAST_ANSWERS_MS).unref();
      } else {
        die();
      }
    });
    child.on('error', (cause) => {
      calls.die(new WorkerDeathError(`${called} died: ${cause.message}`, { cause }));
      if (child.pid !== undefined) return;
      living.delete(child);
      resolve();
    });
  });
  // None where there is no process; where there are no descriptors for one, none of the child's other ends either.
  const pipe = (child.stdio as ChildProcess['stdio'] | undefined)?.[PIPE_FD] as Duplex | undefined;
  const send = (message: object): void => {
    // A channel that breaks is a process that died: its exit tells how.
    if (typeof child.send === 'function') child.send(message, () => undefined);
  };
  // A pipe that breaks is a process that died, too.
  pipe?.on('error', () => undefined);
  const assembly = new Assembly();
  const rooms = new Rooms();
  pipe?.on('data', (piece: Uint8Array) => assembly.take(piece));
  child.on('message', (message) => {
    const response = message as Response;
    if (!response.ok || response.parted === undefined) calls.receive(response);
    else assembly.expect(response.parted, rooms, (value) => calls.receive({ id: response.id, ok: true, value }));
  });
  const request = (message: (id: number) => object): Promise<unknown> =>
    calls.request((id) => send(message(id)));
  const release = async (): Promise<StageUsage> => (await request((id) => ({ type: 'close', id }))) as StageUsage;
  return {
    name: called,
    transfers: false,
    isDead: () => calls.areOver,
    open: (setup) => request((id) => ({ type: 'open', id, module, setup })),
    call: (item, transfer = [], room) => {
      if (room !== undefined) rooms.give(room);
      const buffers = largeOnes(transfer);
      if (buffers.length === 0) return request((id) => ({ type: 'call', id, item }));
      const parted = part(item, buffers);
      const answer = request((id) => ({ type: 'call', id, item: undefined, parted }));
      if (!calls.areOver) for (const buffer of buffers) pipe?.write(viewOf(buffer));
      return answer;
    },
    interrupt: () => send({ type: 'interrupt' }),
    release,
    close: async () => {
      const usage = await release();
      if (child.connected) child.disconnect();
      await exited;
      return usage;
    },
    terminate: async () => {
      calls.die(new WorkerDeathError(`${called} was ended`));
      end(child);
      await exited;
    },
  };
}
