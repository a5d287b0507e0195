import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { TimelineRecord } from '../pipeline/timeline.js';
import type { Report } from './report.js';
import { ADVICE, formatReport } from './text.js';

/** One plot: series over the same times. */
interface Plot {
  readonly title: string;
  readonly height: number;
  readonly unit: string;
  readonly times: readonly number[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[]; readonly colour: string; readonly isFilled: boolean }[];
  /** Lanes lie above each other, the first one at the top, each from 0 to 1; else undefined. */
  readonly lanes?: readonly string[];
}

const COLOURS = { reader: '#2a6f97', worker: '#588157', writer: '#bc6c25', memory: '#6d597a' };
/** What of a lane's height is used, so that there is a gap to the next one. */
const LANE_SHARE = 0.86;
const LANE_PIXELS = 34;
const AXIS_PIXELS = 60;
const PLOT_PIXELS = 170;

/** A page that shows a run: one file, which needs no other one and no network. */
export function formatPage(report: Report, timeline: TimelineRecord): string {
  const require = createRequire(import.meta.url);
  const [script, style] = ['uplot/dist/uPlot.iife.min.js', 'uplot/dist/uPlot.min.css'].map((path) => readFileSync(require.resolve(path), 'utf8'));
  const [title, ...facts] = formatReport(report).split('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
${style}
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 1000px; padding: 0 1em; color: #222; background: #fff; }
h1 { font-size: 1.2em; } h2 { font-size: 1em; margin: 1.5em 0 0; } p { margin: 0.2em 0; } #bottleneck { font-weight: bold; }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p id="bottleneck">The bottleneck: the ${report.bottleneck}. ${escaped(capital(ADVICE[report.bottleneck]))}.</p>
${facts.map((line) => `<p>${escaped(line.trim())}</p>`).join('\n')}
<div id="plots"></div>
<script>${script}</script>
<script>
const PLOTS = ${json(plotsOf(report, timeline))};
const LANE_SHARE = ${LANE_SHARE};
(${draw.toString()})(PLOTS, LANE_SHARE);
</script>
</body>
</html>
`;
}

function plotsOf(report: Report, { binSeconds, lanes, input, output, rssBytes, tasks }: TimelineRecord): Plot[] {
  const times = tasks.map((_, bin) => bin * binSeconds);
  const colourOf = (name: string): string => (name === 'reader' ? COLOURS.reader : name === 'writer' ? COLOURS.writer : COLOURS.worker);
  const taskMegabytes = report.bytes.raw / report.tasks / 1e6;
  return [
    {
      title: 'Who works when',
      height: lanes.length * LANE_PIXELS + AXIS_PIXELS,
      unit: '',
      times,
      lanes: lanes.map(({ name }) => name),
      series: lanes.map(({ name, busy }) => ({ name, values: busy, colour: colourOf(name), isFilled: true })),
    },
    {
      title: `Tasks in the queues, at most ${report.queue.mode === 'none' ? 'all of them' : report.queue.size} each`,
      height: PLOT_PIXELS,
      unit: 'tasks',
      times,
      series: [
        { name: 'waiting for a worker', values: input, colour: COLOURS.reader, isFilled: false },
        { name: 'waiting for the writer', values: output, colour: COLOURS.writer, isFilled: false },
      ],
    },
    {
      title: 'Throughput',
      height: PLOT_PIXELS,
      unit: 'MB of pixels/s',
      times,
      series: [{ name: 'written', values: smoothed(tasks).map((count) => (count * taskMegabytes) / binSeconds), colour: COLOURS.worker, isFilled: true }],
    },
    {
      title: report.pool === 'processes' ? 'Memory, without that of the workers\' processes' : 'Memory',
      height: PLOT_PIXELS,
      unit: 'MB',
      times,
      series: [{ name: 'resident', values: rssBytes.map((bytes) => bytes && bytes / 1e6), colour: COLOURS.memory, isFilled: true }],
    },
  ];
}

const SMOOTHED = 30;

/** Means over a 30th of the run, for tasks are written in bursts. */
function smoothed(counts: readonly number[]): number[] {
  const reach = Math.floor(counts.length / SMOOTHED / 2);
  return counts.map((_, at) => {
    const near = counts.slice(Math.max(0, at - reach), at + reach + 1);
    return near.reduce((sum, count) => sum + count, 0) / near.length;
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** JSON that ends no script. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/* eslint-disable -- it runs in the page, which has none of our types */
/** Draws the plots. Its source goes into the page, so it leans on nothing outside of it but uPlot. */
function draw(plots: any, laneShare: number): void {
  const page = globalThis as any;
  page.plots = plots.map((plot: any) => {
    const heading = page.document.createElement('h2');
    heading.textContent = plot.title;
    const place = page.document.createElement('div');
    page.document.getElementById('plots').append(heading, place);
    const lanes = plot.lanes;
    // Lane 0 is at the top: values of lane i go up from the floor that it stands on.
    const floorOf = (i: number) => (lanes ? lanes.length - 1 - i : 0);
    const stepped = page.uPlot.paths.stepped({ align: 1 });
    const series = plot.series.map((each: any, i: number) => ({
      label: each.name,
      stroke: each.colour,
      width: lanes ? 0 : 1.5,
      fill: each.isFilled ? (lanes ? each.colour : each.colour + '55') : undefined,
      fillTo: () => floorOf(i),
      paths: stepped,
      points: { show: false },
      value: (_: any, value: number | null) => (value === null ? '' : lanes ? Math.round(((value - floorOf(i)) / laneShare) * 100) + ' %' : value.toFixed(1) + ' ' + plot.unit),
    }));
    const data = [plot.times, ...plot.series.map((each: any, i: number) => each.values.map((value: number | null) => (value === null ? null : lanes ? floorOf(i) + value * laneShare : value)))];
    const floors = lanes ? lanes.map((_: string, i: number) => floorOf(i) + laneShare / 2).reverse() : undefined;
    const vertical = lanes
      ? { size: 112, grid: { show: false }, ticks: { show: false }, splits: () => floors, values: () => [...lanes].reverse() }
      : { size: 90, label: plot.unit, labelSize: 22 };
    const options = {
      width: 960,
      height: plot.height,
      cursor: { sync: { key: 'run' }, drag: { x: true, y: false } },
      scales: { x: { time: false }, y: { range: (_: any, _low: number, high: number) => (lanes ? [0, lanes.length] : [0, Math.max(1, high * 1.05)]) } },
      axes: [{ values: (_: any, seconds: number[]) => seconds.map((each) => each + ' s') }, vertical],
      series: [{ label: 'from', value: (_: any, seconds: number | null) => (seconds === null ? '' : seconds.toFixed(2) + ' s') }, ...series],
    };
    return new page.uPlot(options, data, place);
  });
}
