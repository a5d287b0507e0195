import { UsageError } from '../errors.js';
import type { Operation, Params } from '../ops/operation.js';
import { parseDType } from '../raster/dtype.js';

/**
 * The parameters of a step, those not given at their standard values.
 * @throws UsageError where one is missing or of another kind than the standard value, or the operation has none of a name
 */
export function completeParams({ name, params: specs, takesAnyParams, innerParams = [] }: Operation, given: Params): Params {
  const names = Object.keys(specs);
  const unknown = Object.keys(given).find((param) => !names.includes(param) && !innerParams.includes(param));
  if (unknown !== undefined && takesAnyParams !== true) {
    throw new UsageError(`${name} has no parameter "${unknown}": ${names.length === 0 ? 'it has none' : `there are ${names.join(', ')}`}`);
  }
  const complete: Record<string, unknown> = { ...given };
  for (const param of names) {
    const { standard, required } = specs[param];
    complete[param] = given[param] ?? standard;
    if (required === true && complete[param] === undefined) throw new UsageError(`${name}: no ${param} given`);
    if (standard !== undefined && standard !== null && !isOfOneKind(standard, complete[param])) {
      throw new UsageError(`${name}: ${param} is ${JSON.stringify(complete[param])}, wanted something like ${JSON.stringify(standard)}`);
    }
  }
  const { dtype } = complete;
  if ('dtype' in specs && dtype !== undefined) parseDType(typeof dtype === 'string' ? dtype : JSON.stringify(dtype));
  return complete;
}

/** Whether both are numbers, say, or objects of numbers under the same names. */
function isOfOneKind(standard: unknown, value: unknown): boolean {
  if (typeof standard !== typeof value) return false;
  if (typeof standard === 'number') return Number.isFinite(value);
  if (typeof standard !== 'object' || standard === null || Array.isArray(standard)) return true;
  return Object.entries(standard).every(([key, each]) => isOfOneKind(each, (value as Record<string, unknown> | null)?.[key]));
}
