/**
 * Functions that ECMAScript leaves to the engine, so that Math's may differ between versions of Node. These use the
 * four operations, square roots and bits alone, which IEEE 754 defines to the last bit: they give the same everywhere.
 */

/** ln 2 in two parts, the first of 32 bits: multiples of it by exponents are exact (Cody and Waite, 1980). */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LN10 = 2.302585092994046;
const LN2 = 0.6931471805599453;
const SQRT2 = 1.4142135623730951;
/** Beyond these exp is infinite, or 0. */
const EXP_MAX = 709.782712893384;
const EXP_MIN = -745.1332191019412;

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** 1 / n!, from 13 down to 2: what is left out of exp's series is below 2^-57 of it. */
const EXP_SERIES = Array.from({ length: 12 }, (_, i) => {
  let factorial = 1;
  for (let n = 2; n <= 13 - i; n++) factorial *= n;
  return 1 / factorial;
});

/** 2 / (2n + 1), from 13 down to 1: of the series of the inverse hyperbolic tangent. */
const LOG_SERIES = Array.from({ length: 13 }, (_, i) => 2 / (2 * (13 - i) + 1));

/** 2 to the power of an exponent of normal doubles. */
function powerOf2(exponent: number): number {
  double[0] = 0;
  words[HIGH] = (exponent + 1023) << 20;
  return double[0];
}

/** e to the power of x, to about one unit in the last place. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > EXP_MAX) return Infinity;
  if (x < EXP_MIN) return 0;
  const k = Math.floor(x / LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 0;
  for (let i = 0; i < EXP_SERIES.length; i++) sum = sum * r + EXP_SERIES[i];
  const half = k >> 1;
  return (1 + (r + r * r * sum)) * powerOf2(half) * powerOf2(k - half);
}

/** x = m * 2^k with m between the square roots of 1/2 and 2. x above 0 and finite. */
function split(x: number): { m: number; k: number } {
  const isTiny = x < 2 ** -1022;
  double[0] = isTiny ? x * 2 ** 54 : x;
  let k = ((words[HIGH] >> 20) & 0x7ff) - 1023 - (isTiny ? 54 : 0);
  words[HIGH] = (words[HIGH] & 0x000fffff) | 0x3ff00000;
  let m = double[0];
  if (m > SQRT2) {
    m /= 2;
    k++;
  }
  return { m, k };
}

/** ln m for m near 1: with s = (m - 1) / (m + 1), twice the inverse hyperbolic tangent of s. */
function logNear1(m: number): number {
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  let sum = 0;
  for (let i = 0; i < LOG_SERIES.length; i++) sum = sum * z + LOG_SERIES[i];
  return f - s * (f - z * sum);
}

/** Natural logarithm, to about one unit in the last place. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x === Infinity ? x : NaN;
  const { m, k } = split(x);
  return k * LN2_HIGH + (logNear1(m) + k * LN2_LOW);
}

/** Exact for powers of 2. */
export function log2(x: number): number {
  if (!(x > 0) || x === Infinity) return log(x);
  const { m, k } = split(x);
  return k + logNear1(m) / LN2;
}

/** Exact for powers of 10 that doubles hold. */
export function log10(x: number): number {
  const value = log(x) / LN10;
  const whole = Math.floor(value + 0.5);
  return whole >= 0 && whole < POWERS_OF_10.length && POWERS_OF_10[whole] === x ? whole : value;
}

const POWERS_OF_10 = Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));

/** Whole exponents up to this one are done by multiplications. */
const MULTIPLIED = 1024;

/** x to the power of y: exact where a product of few factors is, else to about 1e-13 of the result. */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (y === 0.5 && x >= 0) return Math.sqrt(x);
  if (Number.isInteger(y) && Math.abs(y) <= MULTIPLIED) return y > 0 ? product(x, y) : reciprocal(x, -y);
  const size = exp(y * log(Math.abs(x)));
  if (x >= 0) return size;
  if (!Number.isInteger(y)) return NaN;
  return y % 2 === 0 ? size : -size;
}

/** x^n, by squaring. @param n a whole number */
function product(x: number, n: number): number {
  let result = 1;
  for (let base = x, rest = n; rest > 0; rest >>= 1, base *= base) if ((rest & 1) === 1) result *= base;
  return result;
}

/** 1 / x^n, which float64 may hold though x^n is beyond it. @param n a whole number above 0 */
function reciprocal(x: number, n: number): number {
  const whole = product(x, n);
  if (Number.isFinite(whole)) return 1 / whole;
  const half = n >> 1;
  return 1 / product(x, half) / product(x, n - half);
}
