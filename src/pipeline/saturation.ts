import { type DType, DTYPES, roundHalfToEven } from '../raster/dtype.js';
import type { Profile } from '../raster/profile.js';
import type { Plan } from './plan.js';
import type { StepRequest } from './planned-file.js';
import { describeStep } from './step.js';

/** What a user should know of steps whose target range their type does not hold: results beyond it become its ends. */
export function saturationWarnings({ input, steps: planned }: Plan, steps: readonly StepRequest[]): string[] {
  const seen: readonly Profile[] = [input.profile, ...planned.map(({ output }) => output)];
  return steps.flatMap(({ reference, operation, params }, i) => {
    const { range, dtype } = describeStep(operation, params, seen[i]).result;
    if (range === undefined || (isHeld(dtype, range.min) && isHeld(dtype, range.max))) return [];
    const { min, max } = DTYPES[dtype];
    return [`${reference}: ${dtype} holds ${min}..${max}, not all of the range ${range.min}..${range.max}: results beyond are saturated`];
  });
}

/** Whether a result is in the type what it was computed to be, but for a fraction. */
function isHeld(dtype: DType, value: number): boolean {
  const { kind, min, max } = DTYPES[dtype];
  const stored = kind === 'float' ? value : roundHalfToEven(value);
  return stored >= min && stored <= max;
}
