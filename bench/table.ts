import { formatBytes } from '../src/report/text.js';
import { type Figure, judged, OUTPUT_GOAL, SPEED_GOALS, MEMORY_GOAL } from './goals.js';
import { reportedPeak } from './rastq.js';
import { medianWall, type Series, median } from './series.js';

/** Rows of cells as a markdown table: the first row is the head, the first column is text, the others are figures. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [head, ...body] = rows;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...body].map(line).join('\n');
}

/** What was measured on scenes of one layout: rastq first, then its peers. */
export interface LayoutResult {
  readonly layout: string;
  readonly creation: readonly string[];
  readonly series: readonly Series[];
}

/** Contenders at the same work, each compared with the first of them. */
export function comparisonTable(all: readonly Series[]): string {
  const head = ['', 'wall, s', 'min..max', "wall / rastq's", 'CPU, s', 'peak memory', 'output', "output / GDAL's"];
  const gdalBytes = gdalOutput(all)?.outputBytes;
  return markdownTable([head, ...all.map((series) => comparisonRow(series, all[0], gdalBytes))]);
}

function comparisonRow(series: Series, first: Series, gdalBytes: number | undefined): string[] {
  const { contender, runs, peakBytes, outputBytes } = series;
  const walls = runs.map(({ wallSeconds }) => wallSeconds);
  return [
    contender.label,
    medianWall(series).toFixed(2),
    `${Math.min(...walls).toFixed(2)}..${Math.max(...walls).toFixed(2)}`,
    (medianWall(series) / medianWall(first)).toFixed(2),
    median(runs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
    formatBytes(peakBytes),
    formatBytes(outputBytes),
    gdalBytes === undefined ? '' : (outputBytes / gdalBytes).toFixed(3),
  ];
}

/** Whose file is GDAL's of the same work, at its default level. */
function gdalOutput(all: readonly Series[]): Series | undefined {
  return ['threads', 'queue', 'noqueue'].map((name) => all.find(({ contender }) => contender.name === name)).find((one) => one !== undefined);
}

const AGAINST: Readonly<Record<keyof typeof SPEED_GOALS, string>> = {
  queue: 'wall, queue / rastq',
  threads: 'wall, the faster threads / rastq',
  gdal: 'wall, gdal_translate / rastq',
};

/** The goals: what the others take beside rastq, its file beside GDAL's, its memory; a column a layout. */
export function goalTable(results: readonly LayoutResult[]): string {
  const cell = (figure: Omit<Figure, 'what'> | undefined): string => (figure === undefined ? '' : judged(figure));
  const speeds = Object.entries(SPEED_GOALS).map(([way, goals]) => [
    AGAINST[way as keyof typeof SPEED_GOALS],
    ...results.map(({ layout, series }) => {
      const times = series.filter(({ contender }) => contender.name.replace(/\d+$/, '') === way).map(medianWall);
      const atLeast = (goals as Record<string, number>)[layout];
      const goal = atLeast === undefined ? {} : { atLeast };
      return cell(times.length === 0 ? undefined : { value: Math.min(...times) / medianWall(series[0]), unit: 'times', goal });
    }),
  ]);
  const outputs = results.map(({ series }) => {
    const other = gdalOutput(series);
    return cell(other && { value: series[0].outputBytes / other.outputBytes, unit: 'times', goal: OUTPUT_GOAL });
  });
  const memory = results.map(({ series }) => judged({ value: reportedPeak(series[0]), unit: 'bytes', goal: MEMORY_GOAL }));
  return markdownTable([
    ['', ...results.map(({ layout }) => layout)],
    ...speeds,
    ["output, rastq / GDAL", ...outputs],
    ['peak RSS of rastq', ...memory],
  ]);
}

/** Figures with their goals, a line each. */
export function figureTable(figures: readonly Figure[]): string {
  return markdownTable([['', 'measured (goal)'], ...figures.map((figure) => [figure.what, judged(figure)])]);
}
