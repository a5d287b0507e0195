import type { Timing } from './amdahl.js';

/** A line of a plot. */
export interface Line {
  readonly label: string;
  readonly timings: readonly Timing[];
  /** Lines of one colour have one number. */
  readonly colour: number;
  /** Dashed: computed, not measured. */
  readonly isFitted: boolean;
}

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 56;
const RIGHT = 220;
const TOP = 24;
const BOTTOM = 48;
// Told apart with any kind of colour vision: Okabe and Ito's palette.
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

/**
 * Seconds by workers as SVG: workers on a scale of powers of two, seconds from 0.
 * @param cores beyond them the ground is shaded
 */
export function plotTimings(title: string, lines: readonly Line[], cores: number): string {
  const workers = [...new Set(lines.flatMap(({ timings }) => timings.map((timing) => timing.workers)))].sort((a, b) => a - b);
  const step = niceStep(Math.max(...lines.flatMap(({ timings }) => timings.map(({ seconds }) => seconds))));
  const top = step * Math.ceil(Math.max(...lines.flatMap(({ timings }) => timings.map(({ seconds }) => seconds))) / step);
  const span = Math.log2(workers.at(-1)! / workers[0]);
  const x = (count: number): number => LEFT + (Math.log2(count / workers[0]) / span) * (WIDTH - LEFT - RIGHT);
  const y = (seconds: number): number => HEIGHT - BOTTOM - (seconds / top) * (HEIGHT - BOTTOM - TOP);
  const text = (at: [number, number], anchor: string, words: string): string =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}">${escape(words)}</text>`;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  const shade = Math.min(Math.max(cores, workers[0]), workers.at(-1)!);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<rect x="${x(shade).toFixed(1)}" y="${TOP}" width="${(WIDTH - RIGHT - x(shade)).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}" fill="#eee"/>`,
    text([WIDTH - RIGHT - 4, TOP + 14], 'end', `more workers than the ${cores} cores`),
    ...ticks.map((tick) => `<path d="M${LEFT} ${y(tick).toFixed(1)}H${WIDTH - RIGHT}" stroke="#ccc"/>${text([LEFT - 6, y(tick) + 4], 'end', String(Number(tick.toFixed(3))))}`),
    ...workers.map((count) => text([x(count), HEIGHT - BOTTOM + 18], 'middle', String(count))),
    text([(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10], 'middle', 'workers'),
    text([LEFT - 6, TOP - 8], 'end', 'seconds'),
    ...lines.flatMap(({ label, timings, colour: number, isFitted }, i) => {
      const colour = COLOURS[number % COLOURS.length];
      const path = timings.map((timing) => `${x(timing.workers).toFixed(1)} ${y(timing.seconds).toFixed(1)}`).join('L');
      const style = `fill="none" stroke="${colour}" stroke-width="2"${isFitted ? ' stroke-dasharray="4 4"' : ''}`;
      const row = TOP + 12 + i * 20;
      return [
        `<path d="M${path}" ${style}/>`,
        ...(isFitted ? [] : timings.map((timing) => `<circle cx="${x(timing.workers).toFixed(1)}" cy="${y(timing.seconds).toFixed(1)}" r="3" fill="${colour}"/>`)),
        `<path d="M${WIDTH - RIGHT + 12} ${row - 4}h24" ${style}/>${text([WIDTH - RIGHT + 42, row], 'start', label)}`,
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}

/** 1, 2 or 5 times a power of ten: five steps or so up to `largest`. */
function niceStep(largest: number): number {
  const power = 10 ** Math.floor(Math.log10(largest / 5));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => largest / step <= 6)!;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
