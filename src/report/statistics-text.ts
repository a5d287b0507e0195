import type { BandStatistics } from '../pipeline/statistics.js';
import { lowerEdge } from '../raster/bins.js';

/** The longest bar of a histogram, characters. */
const BAR = 40;
const DIGITS = 10;

/** Statistics for reading: a line a band, and a histogram's bins below. */
export function formatStatistics(bands: readonly BandStatistics[]): string {
  const percents = bands[0]?.percentiles.map(({ percent }) => `${percent} %`) ?? [];
  const rows = [
    ['band', 'valid', 'min', 'max', 'mean', 'std', ...percents],
    ...bands.map(({ band, valid, min, max, mean, std, percentiles }) =>
      [band, valid, min, max, mean, std, ...percentiles.map(({ value }) => value)].map(brief),
    ),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) => row.map((word, column) => word.padStart(widths[column])).join('  '));
  return [...lines, ...bands.flatMap(formatHistogram)].join('\n');
}

function formatHistogram({ band, histogram }: BandStatistics): string[] {
  if (histogram === null) return [];
  const { min, max, counts } = histogram;
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const starts = counts.map((_, bin) => brief(lowerEdge({ min, max, count: counts.length }, bin)));
  const [startWidth, countWidth] = [starts, counts.map(String)].map((words) => words.reduce((width, word) => Math.max(width, word.length), 0));
  return [
    '',
    `band ${band}, from`,
    ...counts.map((count, bin) =>
      `${starts[bin].padStart(startWidth)}  ${String(count).padStart(countWidth)}  ${'#'.repeat(Math.round((count / most) * BAR))}`.trimEnd(),
    ),
  ];
}

/** To ten digits, which is more than rasters hold; - where there is none. */
function brief(value: number | null): string {
  return value === null ? '-' : String(Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS)));
}
