import { readSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { keepFreedMemory } from '../kernels/garbage.js';
import type { ParentGuard } from './parent-death.js';
import { join, largeOnes, part, type PartedBuffer, PIPE_FD, Rooms, viewOf } from './payload.js';
import { loadAhead, serve, type Request, type Response } from './protocol.js';
import type { Reply } from './stage.js';

/**
 * What a stage's process runs. It lives as long as its channel: a parent that dies takes it along. Signals of the
 * terminal reach the whole group; what they mean is the parent's to decide.
 */
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
// What an operation prints where nobody reads it any more is no failure.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// A process that is busy, for ever perhaps, does not hear that its channel ended: the kernel kills it then, or a thread.
const [, , parent, module, guard] = process.argv;
if (guard === ('thread' satisfies ParentGuard)) watchParent();
// Who died before the kernel was told has another one in its place.
else if (process.ppid !== Number(parent)) process.exit(0);

function watchParent(): void {
  const watch = new Worker(new URL('./parent-watch-entry.js', import.meta.url), { argv: [parent], env: {}, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 1 } });
  // Where there can be no more threads, the channel's end has to do.
  watch.on('error', () => undefined);
  watch.unref();
}

keepFreedMemory();
loadAhead(module);

const rooms = new Rooms();

/** Moves all of some bytes by calls that move a part of them. A pipe that ended is a parent that died. */
function move(bytes: Uint8Array, some: (bytes: Uint8Array, from: number) => number): void {
  for (let at = 0, count; at < bytes.length; at += count) {
    count = some(bytes, at);
    if (count === 0) process.exit(0);
  }
}

const receiveBuffer = (wanted: PartedBuffer): ArrayBuffer => {
  const buffer = rooms.take(wanted);
  move(new Uint8Array(buffer, 0, wanted.length), (bytes, at) => readSync(PIPE_FD, bytes, at, bytes.length - at, null));
  return buffer;
};

const send = (response: Response, { transfer = [], spent = [] }: Omit<Reply, 'value'>): void => {
  const buffers = largeOnes(transfer);
  const parted = response.ok && buffers.length > 0 ? part(response.value, buffers) : undefined;
  // A channel that breaks is a parent that died: 'disconnect' ends this process.
  process.send!(parted === undefined ? response : { id: response.id, ok: true, value: undefined, parted }, undefined, undefined, () => undefined);
  if (parted !== undefined) for (const buffer of buffers) move(viewOf(buffer), (bytes, at) => writeSync(PIPE_FD, bytes, at));
  for (const buffer of spent) rooms.give(buffer);
};
const receive = serve(send, () => ({ maxRssBytes: process.resourceUsage().maxRSS * 1024 }), () => false);
process.on('message', (message) => {
  const request = message as Request;
  if (request.type !== 'call' || request.parted === undefined) receive(request);
  else receive({ type: 'call', id: request.id, item: join(request.parted, request.parted.buffers.map(receiveBuffer)) });
});
