import { roundHalfToEven } from '../../raster/dtype.js';
import { exp, log, log10, log2, pow } from './elementary.js';

/** Computes the first `count` values of `out` from those of its arguments. A truth is 1 or 0. */
export type Loop1 = (a: Float64Array, out: Float64Array, count: number) => void;
export type Loop2 = (a: Float64Array, b: Float64Array, out: Float64Array, count: number) => void;
export type Loop3 = (a: Float64Array, b: Float64Array, c: Float64Array, out: Float64Array, count: number) => void;

export const BINARY: Readonly<Record<string, Loop2>> = {
  '+': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] + b[i]; },
  '-': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] - b[i]; },
  '*': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] * b[i]; },
  '/': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] / b[i]; },
  // As numpy has it: the remainder has the divisor's sign.
  '%': (a, b, out, count) => {
    for (let i = 0; i < count; i++) {
      const rest = a[i] % b[i];
      out[i] = rest !== 0 && rest < 0 !== b[i] < 0 ? rest + b[i] : rest;
    }
  },
  '**': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = pow(a[i], b[i]); },
  '<': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] < b[i] ? 1 : 0; },
  '<=': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] <= b[i] ? 1 : 0; },
  '>': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] > b[i] ? 1 : 0; },
  '>=': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] >= b[i] ? 1 : 0; },
  '==': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] === b[i] ? 1 : 0; },
  '!=': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] !== b[i] ? 1 : 0; },
  '&&': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] !== 0 && b[i] !== 0 ? 1 : 0; },
  '||': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] !== 0 || b[i] !== 0 ? 1 : 0; },
  '&': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = hasBits(a[i], b[i]) ? unsigned(a[i] & b[i], a[i] < 0 && b[i] < 0) : NaN; },
  '|': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = hasBits(a[i], b[i]) ? unsigned(a[i] | b[i], a[i] < 0 || b[i] < 0) : NaN; },
  '^': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = hasBits(a[i], b[i]) ? unsigned(a[i] ^ b[i], a[i] < 0 !== b[i] < 0) : NaN; },
  '<<': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = isShift(a[i], b[i]) ? a[i] * 2 ** b[i] : NaN; },
  '>>': (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = isShift(a[i], b[i]) ? Math.floor(a[i] / 2 ** b[i]) : NaN; },
};

export const UNARY: Readonly<Record<string, Loop1>> = {
  '-': (a, out, count) => { for (let i = 0; i < count; i++) out[i] = -a[i]; },
  '+': (a, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i]; },
  '!': (a, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] === 0 ? 1 : 0; },
  '~': (a, out, count) => { for (let i = 0; i < count; i++) out[i] = hasBits(a[i], 0) ? -a[i] - 1 : NaN; },
};

export const FUNCTIONS_1: Readonly<Record<string, Loop1>> = {
  abs: (a, out, count) => { for (let i = 0; i < count; i++) out[i] = Math.abs(a[i]); },
  ceil: (a, out, count) => { for (let i = 0; i < count; i++) out[i] = Math.ceil(a[i]); },
  exp: (a, out, count) => { for (let i = 0; i < count; i++) out[i] = exp(a[i]); },
  floor: (a, out, count) => { for (let i = 0; i < count; i++) out[i] = Math.floor(a[i]); },
  log: (a, out, count) => { for (let i = 0; i < count; i++) out[i] = log(a[i]); },
  log10: (a, out, count) => { for (let i = 0; i < count; i++) out[i] = log10(a[i]); },
  log2: (a, out, count) => { for (let i = 0; i < count; i++) out[i] = log2(a[i]); },
  round: (a, out, count) => { for (let i = 0; i < count; i++) out[i] = roundHalfToEven(a[i]); },
  sign: (a, out, count) => { for (let i = 0; i < count; i++) out[i] = Math.sign(a[i]); },
  sqrt: (a, out, count) => { for (let i = 0; i < count; i++) out[i] = Math.sqrt(a[i]); },
};

/** Of two arguments; min and max take more by taking them two by two. */
export const FUNCTIONS_2: Readonly<Record<string, Loop2>> = {
  max: (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = Math.max(a[i], b[i]); },
  min: (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = Math.min(a[i], b[i]); },
  pow: (a, b, out, count) => { for (let i = 0; i < count; i++) out[i] = pow(a[i], b[i]); },
};

export const FUNCTIONS_3: Readonly<Record<string, Loop3>> = {
  clip: (a, low, high, out, count) => { for (let i = 0; i < count; i++) out[i] = Math.min(Math.max(a[i], low[i]), high[i]); },
  where: (a, b, c, out, count) => { for (let i = 0; i < count; i++) out[i] = a[i] !== 0 ? b[i] : c[i]; },
};

/** Whether both have the bits of 32-bit integers, both of a kind: with a sign or without. */
function hasBits(a: number, b: number): boolean {
  const low = Math.min(a, b);
  return Number.isInteger(a) && Number.isInteger(b) && low >= -(2 ** 31) && Math.max(a, b) < (low < 0 ? 2 ** 31 : 2 ** 32);
}

const unsigned = (bits: number, isNegative: boolean): number => (isNegative ? bits : bits >>> 0);

function isShift(a: number, by: number): boolean {
  return hasBits(a, 0) && Number.isInteger(by) && by >= 0 && by < 32;
}
