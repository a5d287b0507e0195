import { formatBytes } from '../src/report/text.js';

/** What a figure should be; with neither bound it is only told. */
export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A figure that was measured, and what it should be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: 'times' | 'bytes' | 'milliseconds';
  readonly goal: Goal;
}

/** How many times rastq's time the others should take, by peer and layout, at 8192 pixels and two workers. */
export const SPEED_GOALS = {
  queue: { uncompressed: 8, deflate: 4.5, lzw: 3.5, zstd: 4 },
  threads: { uncompressed: 2, deflate: 3, lzw: 2, zstd: 2 },
  gdal: { uncompressed: 4, deflate: 4, lzw: 4, zstd: 4 },
} as const satisfies Record<string, Record<string, number>>;

/** The output's size beside that of GDAL's. */
export const OUTPUT_GOAL: Goal = { atMost: 1.03 };
export const MEMORY_GOAL: Goal = { atMost: 160e6 };
export const WORKER_MEMORY_GOAL: Goal = { atMost: 40e6 };

export function isReached(value: number, { atLeast = -Infinity, atMost = Infinity }: Goal): boolean {
  return value >= atLeast && value <= atMost;
}

/** A figure with its goal behind it: bold where it is reached. */
export function judged({ value, unit, goal }: Omit<Figure, 'what'>): string {
  const text = format(value, unit);
  const wanted = [
    ...(goal.atLeast === undefined ? [] : [`≥ ${format(goal.atLeast, unit)}`]),
    ...(goal.atMost === undefined ? [] : [`≤ ${format(goal.atMost, unit)}`]),
  ];
  if (wanted.length === 0) return text;
  return `${isReached(value, goal) ? `**${text}**` : text} (${wanted.join(', ')})`;
}

function format(value: number, unit: Figure['unit']): string {
  if (unit === 'bytes') return formatBytes(value);
  return unit === 'milliseconds' ? `${value.toFixed(0)} ms` : value.toFixed(2);
}
