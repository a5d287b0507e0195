import { BINARY, FUNCTIONS_1, FUNCTIONS_2, FUNCTIONS_3, UNARY } from './loops.js';
import type { Term } from './parse.js';

/** Samples that are computed at a time: few enough to stay in a cache, many enough that calls cost nothing. */
export const CHUNK = 1024;

/** Computes the first `count` values, at most CHUNK. The array is good until the next call. */
export type Evaluate = (count: number) => Float64Array;

/**
 * An expression as loops over typed arrays, one for each of its terms, all in float64.
 * @param chunkOf the array of CHUNK samples that a name stands for, filled before each call
 */
export function compileExpression(term: Term, chunkOf: (name: string) => Float64Array): Evaluate {
  if (term.kind === 'name') {
    const chunk = chunkOf(term.name);
    return () => chunk;
  }
  if (term.kind === 'number') {
    const constant = new Float64Array(CHUNK).fill(term.value);
    return () => constant;
  }
  const parts = term.terms.map((part) => compileExpression(part, chunkOf));
  const out = new Float64Array(CHUNK);
  const { kind, operator } = term;
  const [first, second, third] = parts;
  const loop1 = kind === 'unary' ? UNARY[operator] : kind === 'call' ? FUNCTIONS_1[operator] : undefined;
  if (loop1 !== undefined) {
    return (count) => {
      loop1(first(count), out, count);
      return out;
    };
  }
  const loop2 = kind === 'binary' ? BINARY[operator] : FUNCTIONS_2[operator];
  if (loop2 !== undefined) {
    return (count) => {
      loop2(first(count), second(count), out, count);
      for (let i = 2; i < parts.length; i++) loop2(out, parts[i](count), out, count);
      return out;
    };
  }
  const loop3 = FUNCTIONS_3[operator];
  return (count) => {
    loop3(first(count), second(count), third(count), out, count);
    return out;
  };
}
