import { types } from 'node:util';

/** Known by this in every copy of the package. */
const MOVING = Symbol.for('rastq.moving');

/** A value, and the buffers in it that are moved to the other side rather than copied. */
export interface Moving<T> {
  readonly value: T;
  readonly buffers: readonly ArrayBuffer[];
}

/**
 * Marks buffers in a value, an item of a ProcessQueue or the result of its function, as those that may be moved between
 * threads rather than copied. They are empty here from then on, so the item cannot be tried again. Processes get copies.
 * @param buffers those to move; each at most once
 * @throws TypeError where one is something else, a view say
 */
export function moving<T>(value: T, buffers: readonly ArrayBuffer[]): Moving<T> {
  if (!buffers.every((buffer) => types.isArrayBuffer(buffer))) throw new TypeError('moving: what is moved are ArrayBuffers, not their views');
  return Object.assign({ value, buffers }, { [MOVING]: true });
}

export function isMoving(value: unknown): value is Moving<unknown> {
  return typeof value === 'object' && value !== null && MOVING in value;
}
