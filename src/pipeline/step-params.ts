import { shown, UsageError } from '../errors.js';
import type { Operation, Params, ParamSpec } from '../ops/operation.js';

/**
 * The parameters of a step, those not given at their standard values.
 * @throws UsageError where one is missing or none that the parameter can have, or the operation has none of a name
 */
export function completeParams({ name, params: specs, takesAnyParams, innerParams = [] }: Operation, given: Params): Params {
  const names = Object.keys(specs);
  const unknown = Object.keys(given).find((param) => !names.includes(param) && !innerParams.includes(param));
  if (unknown !== undefined && takesAnyParams !== true) {
    throw new UsageError(`${name} has no parameter "${unknown}": ${names.length === 0 ? 'it has none' : `there are ${names.join(', ')}`}`);
  }
  const complete: Record<string, unknown> = { ...given };
  for (const param of names) {
    const spec = specs[param];
    const value = given[param] ?? spec.standard;
    complete[param] = value;
    if (spec.required === true && value === undefined) throw new UsageError(`${name}: no ${param} given`);
    const wrong = value === undefined ? undefined : spec.check(value);
    if (wrong !== undefined) throw new UsageError(`${name}: ${param} is ${shown(value)}, ${wrong}${inJson(spec)}`);
  }
  return complete;
}

/** How a value is given that is not written as the command line has it. */
function inJson({ standard, examples = [], parse }: ParamSpec): string {
  const example = standard ?? (examples.length > 0 ? parse(examples[0]) : undefined);
  return typeof example === 'object' ? `; in JSON ${JSON.stringify(example)}` : '';
}
