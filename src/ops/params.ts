import { UsageError } from '../errors.js';
import { type DType, isDType, parseDType } from '../raster/dtype.js';
import { parseNodata, type ValueRange } from '../raster/nodata.js';
import type { ParamSpec } from './operation.js';

/** Parameters that several operations have. */

export function dtypeParam(standard: string | undefined): ParamSpec {
  return { placeholder: 'T', help: 'output sample type, uint8 … float64', standard, parse: parseDTypeWord };
}

/** Also as GDAL writes them: `Byte`, `UInt16`, and in any case. */
function parseDTypeWord(text: string): DType {
  const word = text.toLowerCase();
  return parseDType(word === 'byte' ? 'uint8' : isDType(word) ? word : text);
}

export const nodataParam: ParamSpec = {
  placeholder: 'V',
  help: "output nodata value (default: the input's where it fits)",
  standard: undefined,
  parse: (text) => {
    const nodata = parseNodata(text);
    if (nodata === undefined) throw new UsageError(`--nodata ${text}: not a number`);
    return nodata;
  },
};

/** A range of two finite numbers, the first the smaller one. */
export function rangeParam(standard: ValueRange, help: string): ParamSpec {
  return {
    placeholder: 'MIN,MAX',
    help,
    standard,
    parse: (text) => {
      const values = text.split(',').map((part) => parseNodata(part));
      const [min, max] = values;
      if (values.length !== 2 || typeof min !== 'number' || typeof max !== 'number' || min >= max) {
        throw new UsageError(`--range ${text}: wanted two numbers MIN,MAX with MIN < MAX`);
      }
      return { min, max };
    },
  };
}

/** Two percentiles, the first the smaller one. */
export function percentileParam(help: string): ParamSpec {
  return {
    placeholder: 'LOW,HIGH',
    help,
    standard: undefined,
    examples: ['2,98', '0,99.9'],
    parse: (text) => {
      const [low, high, ...more] = text.split(',').map((part) => parseNodata(part));
      if (typeof low !== 'number' || typeof high !== 'number' || more.length > 0 || low < 0 || high > 100 || low >= high) {
        throw new UsageError(`--percentile ${text}: wanted two numbers LOW,HIGH from 0 to 100 with LOW < HIGH`);
      }
      return [low, high];
    },
  };
}

/** One of a few words; the first is the standard. */
export function choiceParam(name: string, words: readonly string[], help: string): ParamSpec {
  return {
    placeholder: words.join('|'),
    help,
    standard: words[0],
    examples: words.slice(1),
    parse: (text) => {
      if (!words.includes(text)) throw new UsageError(`--${name} ${text}: wanted ${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`);
      return text;
    },
  };
}

/** A finite number. */
export function numberParam(name: string, spec: Omit<ParamSpec, 'parse'>): ParamSpec {
  return {
    ...spec,
    parse: (text) => {
      const value = parseNodata(text);
      if (typeof value !== 'number') throw new UsageError(`--${name} ${text}: wanted a number`);
      return value;
    },
  };
}

/** Something that is so where it is said. */
export function flagParam(help: string): ParamSpec {
  return { placeholder: undefined, help, standard: undefined, parse: () => true };
}

/** The bands of a result that are the input's, all in their order. */
export function everyBand(bands: number): number[] {
  return Array.from({ length: bands }, (_, band) => band);
}
