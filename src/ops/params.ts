import { UsageError } from '../errors.js';
import { DTYPE_NAMES, isDType } from '../raster/dtype.js';
import { isNodata, parseNodata, type ValueRange } from '../raster/nodata.js';
import type { ParamSpec } from './operation.js';

/** Parameters that several operations have, and what all of them are made with. */

interface Reading {
  readonly name: string;
  /** Makes a value of a text; of one that says none, something that does not pass `check`. @throws RastqError */
  readonly read: (text: string) => unknown;
}

/** A parameter whose values obey one rule, whether they are written as text or given by a program. */
export function param({ name, read, ...spec }: Reading & Omit<ParamSpec, 'parse'>): ParamSpec {
  return {
    ...spec,
    parse: (text) => {
      const value = read(text);
      const wrong = spec.check(value);
      if (wrong !== undefined) throw new UsageError(`--${name} ${text}: ${wrong}`);
      return value;
    },
  };
}

export function dtypeParam(standard: string | undefined): ParamSpec {
  return param({
    name: 'dtype',
    placeholder: 'T',
    help: 'output sample type, uint8 … float64',
    standard,
    read: dtypeWord,
    check: (value) => (typeof value === 'string' && isDType(value) ? undefined : `wanted one of ${DTYPE_NAMES.join(', ')}`),
  });
}

/** Also as GDAL writes them: `Byte`, `UInt16`, and in any case. */
function dtypeWord(text: string): string {
  const word = text.toLowerCase();
  return word === 'byte' ? 'uint8' : word;
}

export const nodataParam: ParamSpec = param({
  name: 'nodata',
  placeholder: 'V',
  help: "output nodata value (default: the input's where it fits)",
  standard: undefined,
  read: parseNodata,
  check: (value) => (isNodata(value) ? undefined : 'wanted a number, nan, inf or -inf'),
});

/** A range of two finite numbers, the first the smaller one. */
export function rangeParam(standard: ValueRange, help: string): ParamSpec {
  return param({
    name: 'range',
    placeholder: 'MIN,MAX',
    help,
    standard,
    read: (text) => {
      const [min, max, ...more] = numbersIn(text);
      return more.length > 0 ? undefined : { min, max };
    },
    check: (value) => {
      const { min, max } = (value ?? {}) as Partial<Record<keyof ValueRange, unknown>>;
      return isNumber(min) && isNumber(max) && min < max ? undefined : 'wanted two numbers MIN,MAX with MIN < MAX';
    },
  });
}

/** Two percentiles, the first the smaller one. */
export function percentileParam(help: string): ParamSpec {
  return param({
    name: 'percentile',
    placeholder: 'LOW,HIGH',
    help,
    standard: undefined,
    examples: ['2,98', '0,99.9'],
    read: numbersIn,
    check: (value) => {
      const [low, high, ...more] = Array.isArray(value) ? (value as unknown[]) : [];
      const isPair = isNumber(low) && isNumber(high) && more.length === 0 && low >= 0 && high <= 100 && low < high;
      return isPair ? undefined : 'wanted two numbers LOW,HIGH from 0 to 100 with LOW < HIGH';
    },
  });
}

/** One of a few words; the first is the standard. */
export function choiceParam(name: string, words: readonly string[], help: string): ParamSpec {
  return param({
    name,
    placeholder: words.join('|'),
    help,
    standard: words[0],
    examples: words.slice(1),
    read: (text) => text,
    check: (value) => (words.includes(value as string) ? undefined : `wanted ${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`),
  });
}

/** A finite number. */
export function numberParam(name: string, spec: Omit<ParamSpec, 'parse' | 'check'>): ParamSpec {
  return param({ ...spec, name, read: parseNodata, check: (value) => (isNumber(value) ? undefined : 'wanted a number') });
}

/** Something that is so where it is said. */
export function flagParam(help: string): ParamSpec {
  return {
    placeholder: undefined,
    help,
    standard: undefined,
    parse: () => true,
    check: (value) => (typeof value === 'boolean' ? undefined : 'wanted true or false'),
  };
}

/** The bands of a result that are the input's, all in their order. */
export function everyBand(bands: number): number[] {
  return Array.from({ length: bands }, (_, band) => band);
}

const numbersIn = (text: string): unknown[] => text.split(',').map((part) => parseNodata(part));
const isNumber = (value: unknown): value is number => Number.isFinite(value);
