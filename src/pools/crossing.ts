import { EventEmitter } from 'node:events';
import { types } from 'node:util';
import { UsageError } from '../errors.js';
import type { PoolKind } from './stage.js';

/** Something was given that cannot go to a worker, or come back. */
export class CrossingError extends UsageError {}

/**
 * Makes sure that a value can go to a worker of a kind, or come back. What structured clone takes can; it is looked
 * through as that would.
 * @param name what the value is called: `item`
 * @throws CrossingError that names the part that cannot cross, and why
 */
export function checkCrossing(name: string, value: unknown, kind: PoolKind): void {
  if (kind === 'inline') return;
  const found = obstacleIn(name, value, kind, new Set());
  if (found === undefined) return;
  const [path, why] = found;
  throw new CrossingError(`${path} cannot cross between ${kind}: ${why}`);
}

type Obstacle = readonly [path: string, why: string];

function obstacleIn(path: string, value: unknown, kind: PoolKind, seen: Set<object>): Obstacle | undefined {
  if (typeof value === 'function') return [path, 'it is a function, and functions stay where they were made: name one by its module and export'];
  if (typeof value === 'symbol') return [path, 'it is a symbol'];
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  const why = obstacle(value, kind);
  if (why !== undefined) return [path, why];
  for (const [key, part] of partsOf(value)) {
    const found = obstacleIn(`${path}${key}`, part, kind, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function obstacle(value: object, kind: PoolKind): string | undefined {
  const name = value.constructor?.name ?? 'object';
  if (types.isPromise(value)) return 'it is a promise: wait for it first';
  if (types.isProxy(value)) return 'it is a proxy';
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) return `it is a ${name}`;
  // Node drops a message with a buffer that was moved before, without a word.
  if (types.isAnyArrayBuffer(value)) return isDetached(value) ? 'its bytes were moved before' : sharedObstacle(value, kind);
  if (ArrayBuffer.isView(value)) return obstacle(value.buffer, kind);
  // Sockets, streams, files, workers, ports.
  if (value instanceof EventEmitter || value instanceof EventTarget) return `it is a handle, a ${name}, which belongs to its thread: pass a path, address or bytes`;
  return undefined;
}

function sharedObstacle(buffer: ArrayBufferLike, kind: PoolKind): string | undefined {
  if (kind !== 'processes' || !types.isSharedArrayBuffer(buffer)) return undefined;
  return 'it is shared memory, which threads of one process share: use threads, or a copy';
}

function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}

/** What structured clone takes along, each with how it is reached. Views and buffers are bytes alone. */
function* partsOf(value: object): Generator<readonly [key: string, part: unknown]> {
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return;
  if (value instanceof Map) {
    for (const [key, part] of value) {
      yield ['.keys()', key];
      yield [`.get(${String(key)})`, part];
    }
  } else if (value instanceof Set) {
    for (const part of value) yield ['.values()', part];
  } else {
    for (const [key, part] of Object.entries(value)) yield [Array.isArray(value) ? `[${key}]` : `.${key}`, part];
  }
}
