import { type ErrorRecord, textOf, toErrorRecord, UsageError } from '../errors.js';
import { checkCrossing } from './crossing.js';
import { isMoving } from './moving.js';
import { type AnyFunction, argumentsOf, parametersOf } from './parameters.js';
import type { Handler, PoolKind, Reply } from './stage.js';

/** Which function a worker applies. */
export interface FunctionSetup {
  /** The module's URL. */
  readonly module: string;
  readonly exported: string;
  /** Items, or chunks of them, that are under way in a worker at one time. */
  readonly concurrency: number;
  readonly pool: PoolKind;
}

/** What became of an item. */
export type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: ErrorRecord };

/** Opens a worker that applies a user's function to chunks of items, one after the other. Runs in the pool. */
export async function open(setup: unknown): Promise<Handler> {
  const { module, exported, concurrency, pool } = setup as FunctionSetup;
  const call = await loadFunction(module, exported);
  const parameters = parametersOf(call);
  const attempt = async (item: unknown, transfer: ArrayBuffer[]): Promise<Outcome> => {
    try {
      const result = await call(...argumentsOf(item, parameters));
      const [value, buffers] = isMoving(result) ? [result.value, result.buffers] : [result, []];
      checkCrossing('the result', value, pool);
      transfer.push(...buffers);
      return { ok: true, value };
    } catch (error) {
      return { ok: false, error: toErrorRecord(error) };
    }
  };
  return {
    concurrency,
    handle: async (items): Promise<Reply> => {
      const outcomes: Outcome[] = [];
      const transfer: ArrayBuffer[] = [];
      for (const item of items as readonly unknown[]) outcomes.push(await attempt(item, transfer));
      return { value: outcomes, transfer };
    },
  };
}

/** @throws UsageError where there is no such module or export, or where it is no function */
async function loadFunction(module: string, exported: string): Promise<AnyFunction> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(module)) as Record<string, unknown>;
  } catch (cause) {
    throw new UsageError(`${module}: cannot be loaded: ${textOf(cause)}`, { cause });
  }
  const found = Object.hasOwn(exports, exported) ? exports[exported] : undefined;
  if (typeof found === 'function' && !found.toString().startsWith('class')) return found as AnyFunction;
  const names = Object.keys(exports).filter((name) => typeof exports[name] === 'function');
  throw new UsageError(`${module}: has no function ${exported}: ${names.length === 0 ? 'it exports none' : `there are ${names.join(', ')}`}`);
}
