import { type DType, DTYPES } from './dtype.js';

/** Values that a digit has. */
export const DIGIT_BINS = 65536;

/**
 * Samples of 32 and 64 bits as whole numbers whose order is theirs, cut into digits of 16 bits, the highest one first.
 * Whatever the values are, a search digit by digit ends after as many passes as there are digits.
 */
export interface SampleOrder {
  readonly digits: 2 | 4;
  /**
   * Writes what the first `level` digits of each value make together, a whole number below 2^48, into `prefixes`, and
   * the digit behind them into `next`.
   */
  readonly split: (values: Float64Array, count: number, level: number, prefixes: Float64Array, next: Uint16Array) => void;
  /** The sample whose last digit is `digit` behind a prefix of all the others. */
  readonly join: (prefix: number, digit: number) => number;
}

const SIGN = 0x80000000;

/** The order of the samples of a type of 32 or 64 bits. -0 and 0 are one sample. */
export function sampleOrder(dtype: DType): SampleOrder {
  if (dtype === 'float32') return float32Order();
  if (DTYPES[dtype].bytes === 8) return float64Order();
  const { min } = DTYPES[dtype];
  return {
    digits: 2,
    split: (values, count, level, prefixes, next) => {
      for (let i = 0; i < count; i++) splitWord(values[i] - min, i, level, prefixes, next);
    },
    join: (prefix, digit) => prefix * DIGIT_BINS + digit + min,
  };
}

/** @param word 32 bits without a sign */
function splitWord(word: number, i: number, level: number, prefixes: Float64Array, next: Uint16Array): void {
  prefixes[i] = level === 0 ? 0 : word >>> 16;
  next[i] = level === 0 ? word >>> 16 : word;
}

/** IEEE 754's bits count up from 0 as the values do, and down where the sign is set: there they are turned over. */
function float32Order(): SampleOrder {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  return {
    digits: 2,
    split: (values, count, level, prefixes, next) => {
      for (let i = 0; i < count; i++) {
        float[0] = values[i] + 0;
        const word = bits[0];
        splitWord((word & SIGN) === 0 ? (word | SIGN) >>> 0 : ~word >>> 0, i, level, prefixes, next);
      }
    },
    join: (prefix, digit) => {
      const word = prefix * DIGIT_BINS + digit;
      bits[0] = (word & SIGN) === 0 ? ~word : word & ~SIGN;
      return float[0];
    },
  };
}

function float64Order(): SampleOrder {
  const float = new Float64Array(1);
  const bits = new Uint32Array(float.buffer);
  const [low, high] = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? [0, 1] : [1, 0];
  return {
    digits: 4,
    split: (values, count, level, prefixes, next) => {
      for (let i = 0; i < count; i++) {
        float[0] = values[i] + 0;
        const isNegative = (bits[high] & SIGN) !== 0;
        const top = isNegative ? ~bits[high] >>> 0 : (bits[high] | SIGN) >>> 0;
        const bottom = isNegative ? ~bits[low] >>> 0 : bits[low];
        if (level < 2) splitWord(top, i, level, prefixes, next);
        else {
          prefixes[i] = level === 2 ? top : top * DIGIT_BINS + (bottom >>> 16);
          next[i] = level === 2 ? bottom >>> 16 : bottom;
        }
      }
    },
    join: (prefix, digit) => {
      const top = Math.floor(prefix / DIGIT_BINS);
      const bottom = (prefix % DIGIT_BINS) * DIGIT_BINS + digit;
      const isNegative = (top & SIGN) === 0;
      bits[high] = isNegative ? ~top : top & ~SIGN;
      bits[low] = isNegative ? ~bottom : bottom;
      return float[0];
    },
  };
}
