import { doublesKernel, pointerOf, type Run } from './doubles.js';
import { bytesAt, Room } from './memory.js';

/** Two lanes each of minimum, span and maximum. */
const VECTOR_NUMBERS = 6;

const ROOMS = { pairs: new Room(), lines: new Room() };

/**
 * Widens each band's pair of minimum and maximum by the valid samples of a run, `bands` of which are side by side.
 * @param pairs two numbers a band
 */
export function widen({ values, invalid }: Run, count: number, bands: number, pairs: Float64Array): void {
  const own = numbersIn(ROOMS.pairs, pairs.length);
  own.set(pairs);
  doublesKernel().extremes(pointerOf(values), pointerOf(invalid), count, bands, pointerOf(own));
  pairs.set(own);
}

/** What the bands of a run are stretched by. */
export interface DoubleLines {
  /** By band: its minimum and maximum; infinite ones are of a band without valid samples. */
  readonly pairs: Float64Array;
  readonly range: { readonly min: number; readonly max: number };
  /** Whether samples may lie beyond minimum and maximum: they become the range's ends. */
  readonly beyond: boolean;
}

/** Whether no product of a stretch is beyond float64. */
export function areStretchable({ pairs, range }: DoubleLines): boolean {
  for (let i = 0; i < pairs.length; i += 2) {
    const span = pairs[i + 1] - pairs[i];
    // Of a band without valid samples it is -Infinity.
    if (span > 0 && !Number.isFinite(span * (range.max - range.min))) return false;
  }
  return Number.isFinite(range.max - range.min);
}

/** Stretches samples of a run in place: (v - min) * (b - a) / (max - min) + a, as float64 has it; a where a band is constant. */
export function stretchDoubles({ values }: Run, count: number, { pairs, range, beyond }: DoubleLines): void {
  const bands = pairs.length / 2;
  const lines = numbersIn(ROOMS.lines, bands * VECTOR_NUMBERS);
  for (let sample = 0; sample < bands * 2; sample++) {
    const band = sample % bands;
    const [min, max] = [pairs[band * 2], pairs[band * 2 + 1]];
    const at = Math.floor(sample / 2) * VECTOR_NUMBERS + (sample % 2);
    lines[at] = min;
    // What is divided by infinity is 0.
    lines[at + 2] = max > min ? max - min : Infinity;
    lines[at + 4] = max;
  }
  doublesKernel().stretch(pointerOf(values), count, bands, pointerOf(lines), range.max - range.min, range.min, range.max, beyond ? 1 : 0);
}

function numbersIn(room: Room, count: number): Float64Array {
  const at = room.reserve(count * Float64Array.BYTES_PER_ELEMENT);
  return new Float64Array(bytesAt(at, 0).buffer, at, count);
}
