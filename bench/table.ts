import { formatBytes } from '../src/report/text.js';
import { median, type Series } from './series.js';

/** Rows of cells as a markdown table: the first row is the head, the first column is text, the others are figures. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [head, ...body] = rows;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...body].map(line).join('\n');
}

/** Contenders at the same work, each compared with the first of them. */
export function comparisonTable(all: readonly Series[]): string {
  const head = ['', 'wall, s', 'min..max', "wall / rastq's", 'CPU, s', 'peak memory', 'output', "rastq's output / this"];
  const first = all[0];
  return markdownTable([head, ...all.map((series) => comparisonRow(series, first))]);
}

function comparisonRow({ contender, runs, peakBytes, outputBytes }: Series, first: Series): string[] {
  const walls = runs.map(({ wallSeconds }) => wallSeconds);
  const firstWall = median(first.runs.map(({ wallSeconds }) => wallSeconds));
  return [
    contender.label,
    median(walls).toFixed(2),
    `${Math.min(...walls).toFixed(2)}..${Math.max(...walls).toFixed(2)}`,
    (median(walls) / firstWall).toFixed(2),
    median(runs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
    formatBytes(peakBytes),
    formatBytes(outputBytes),
    (first.outputBytes / outputBytes).toFixed(3),
  ];
}

/** A contender's peak memory at two sizes of scene. */
export interface Growth {
  readonly label: string;
  readonly halfBytes: number;
  readonly fullBytes: number;
}

/** How memory grows where the raster grows fourfold: 1.00 is not at all. */
export function growthTable(size: number, growths: readonly Growth[]): string {
  const head = ['', `peak memory at ${size / 2}`, `at ${size}`, 'ratio'];
  const rows = growths.map(({ label, halfBytes, fullBytes }) => [
    label,
    formatBytes(halfBytes),
    formatBytes(fullBytes),
    (fullBytes / halfBytes).toFixed(2),
  ]);
  return markdownTable([head, ...rows]);
}
