import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Timeline, type TimelineRecord } from '../../src/pipeline/timeline.js';
import { formatPage } from '../../src/report/page.js';
import type { Report } from '../../src/report/report.js';
import { fixturePath } from '../oracle/support/run.js';
import { assertSilentSuccess, failureOf, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';
import { missingBrowser, probePage } from './chromium.js';

const BINS = 100;

/** A run of ten seconds whose every lane works at a time of its own. */
const RECORD: TimelineRecord = {
  binSeconds: 0.1,
  lanes: ['reader', 'worker 1', 'worker 2', 'writer'].map((name, lane) => ({ name, busy: Array.from({ length: BINS }, (_, bin) => (Math.floor(bin / 25) === lane ? 1 : 0)) })),
  input: Array.from({ length: BINS }, (_, bin) => (bin < 50 ? 4 : 0)),
  output: Array.from({ length: BINS }, () => 1),
  rssBytes: Array.from({ length: BINS }, (_, bin) => (bin < 5 ? null : 1e8 + bin * 1e6)),
  tasks: Array.from({ length: BINS }, (_, bin) => (bin < 60 ? 0 : 1)),
};

const file = { path: 'a</script><b>.tif', width: 640, height: 640, bands: 1, dtype: 'uint16', bytes: 1000 };
const REPORT: Report = {
  operation: 'normalize', input: file, output: file, windows: 40, tasks: 40, workers: 2, pool: 'threads', queue: { mode: 'bounded', size: 4, inputHighWater: 4, outputHighWater: 1 },
  seconds: { startup: 0.1, wall: 10, read: 2.5, decode: 1, operation: 1, encode: 3, write: 2.5, waiting: { reader: 7.5, workers: 15, writer: 7.5 } },
  bytes: { read: 1000, written: 1000, raw: 40e6 }, maxRssBytes: { self: 2e8, tree: 2e8 }, bottleneck: 'writer',
  memory: { limitBytes: 1e9, plannedBytes: 3e8, peakBytes: 2e8 }, resumedTasks: 0, verified: null,
} as unknown as Report;

/** Reads the colour of a plot's canvas at a time and a value: which channel is the strongest, or that it is as good as white. */
const PROBE = `() => {
  const seen = (plot, time, value) => {
    const [x, y] = [plot.valToPos(time, 'x', true), plot.valToPos(value, 'y', true)];
    const [r, g, b, a] = plot.ctx.getImageData(Math.round(x), Math.round(y), 1, 1).data;
    return a < 50 || Math.min(r, g, b) > 225 ? null : [r, g, b].map((each) => each.toString(16).padStart(2, '0')).join('');
  };
  const [lanes, queues, throughput, memory] = plots;
  return {
    titles: [...document.querySelectorAll('h2')].map((each) => each.textContent),
    words: document.getElementById('bottleneck').textContent,
    heading: document.querySelector('h1').textContent,
    lanes: [3.4, 2.4, 1.4, 0.4].map((value) => [1.27, 3.77, 6.27, 8.77].map((time) => seen(lanes, time, value))),
    queue: [[2.5, 4], [7.53, 4], [7.53, 0]].map(([time, value]) => [-1, 0, 1].map((by) => seen({ valToPos: (v, axis) => queues.valToPos(v, axis, true) + (axis === 'y' ? by : 0), ctx: queues.ctx }, time, value)).filter((each) => each !== null).length > 0),
    throughput: [[3, 5], [9, 5]].map(([time, value]) => seen(throughput, time, value) !== null),
    memory: [[0.25, 50], [5.03, 50], [5.03, 195]].map(([time, value]) => seen(memory, time, value) !== null),
    top: throughput.scales.y.max,
  };
}`;

describe('the page of a run', { skip: missingBrowser() }, () => {
  test('shows each lane at its time, the queues, memory and throughput', (t) => {
    const found = probePage(new Folder(t), formatPage(REPORT, RECORD), PROBE) as Record<string, unknown>;
    assert.equal(found['error'], undefined);
    assert.deepEqual(found['titles'], ['Who works when', 'Tasks in the queues, at most 4 each', 'Throughput', 'Memory']);
    assert.equal(found['words'], 'The bottleneck: the writer. Writing sets the pace: more workers will not help.');
    assert.match(String(found['heading']), /a<\/script><b>\.tif/);
    const [blue, green, brown] = ['2a6f97', '588157', 'bc6c25'];
    assert.deepEqual(found['lanes'], [[blue, null, null, null], [null, green, null, null], [null, null, green, null], [null, null, null, brown]]);
    // Four tasks in the first half, none in the second.
    assert.deepEqual(found['queue'], [true, false, true]);
    assert.deepEqual(found['throughput'], [false, true]);
    assert.deepEqual(found['memory'], [false, true, false]);
    // A task of a megabyte each tenth of a second: 10 MB/s, and some room above.
    assert.ok(Math.abs(Number(found['top']) - 10.5) < 0.6, String(found['top']));
  });

  test('of a real run, in every pool, needs nothing but itself and shows that lanes worked', async (t) => {
    const folder = new Folder(t);
    // Processes read their input in their own time.
    for (const [lanes, how] of [[4, ['--pool', 'threads', '-j', '2']], [2, ['--pool', 'processes', '-j', '1']], [3, ['--pool', 'inline']]] as const) {
      assertSilentSuccess(await runCli(['normalize', fixturePath('scene.tif'), folder.at('out.tif'), '--overwrite', '--html', folder.at('run.html'), ...how]));
      const html = readFileSync(folder.at('run.html'), 'utf8');
      assert.doesNotMatch(html, /<(?:script|img|iframe)[^>]*\ssrc=|<link\b|@import|url\(\s*['"]?https?:/);
      const found = probePage(folder, html, `() => plots.map((plot) => ({ series: plot.series.length - 1, marks: new Set(plot.ctx.getImageData(0, 0, plot.ctx.canvas.width, plot.ctx.canvas.height).data).size, most: plot.data.slice(1).map((values) => Math.max(...values)) }))`) as { series: number; marks: number; most: number[] }[];
      assert.deepEqual(found.map(({ series }) => series), [lanes, 2, 1, 1]);
      for (const { marks } of found) assert.ok(marks > 10);
      // Each lane stands on its floor, the first on the highest, and was busy at some time.
      found[0].most.forEach((most, lane) => assert.ok(most > found[0].series - 1 - lane, `lane ${lane}`));
      assert.ok(found[2].most[0] > 0 && found[3].most[0] > 10);
    }
  });
});

test('--html changes no byte of the output, and is refused where it cannot be written', async (t) => {
  const folder = new Folder(t);
  folder.addFixture('scene.tif');
  const run = (...words: string[]) => runCli(['normalize', ...words], { cwd: folder.path });
  assertSilentSuccess(await run('in.tif', 'plain.tif', '-j', '2', '--pool', 'threads'));
  assertSilentSuccess(await run('in.tif', 'shown.tif', '-j', '2', '--pool', 'threads', '--html', 'run.html'));
  assert.ok(readFileSync(folder.at('shown.tif')).equals(readFileSync(folder.at('plain.tif'))));
  assert.match(failureOf(await run('in.tif', 'no.tif', '--html', 'in.tif'), 2), /--html in\.tif: is the input in\.tif, give another path/);
  assert.match(failureOf(await run('in.tif', 'no.tif', '--html', 'none/run.html'), 5), /none\/run\.html: cannot write the report/);
  assert.match(failureOf(await run('in.tif', '--out-dir', 'many', '--html', 'run.html'), 2), /--html is for one input/);
  assert.equal(existsSync(folder.at('no.tif')), false);
});

describe('a timeline', () => {
  test('is bounded however long it lasts, and counts all work once', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let now = 0;
    t.mock.method(performance, 'now', () => now);
    const timeline = new Timeline(['reader', 'worker 1', 'writer']);
    timeline.watch(() => ({ input: 3, output: 1 }));
    for (let second = 1; second <= 5000; second++) {
      now = second * 1000;
      timeline.worked('worker 1', 0.75);
      if (second <= 1000) timeline.worked('reader', 0.5);
      timeline.wrote();
    }
    const record = timeline.finish();
    timeline.stop();
    assert.ok(record.tasks.length <= 600 && record.tasks.length >= 250);
    assert.ok(Math.abs(record.tasks.length * record.binSeconds - 5000) <= record.binSeconds);
    const busyOf = (name: string): number => record.lanes.find((lane) => lane.name === name)!.busy.reduce((sum, share) => sum + share * record.binSeconds, 0);
    assert.ok(Math.abs(busyOf('worker 1') - 3750) < 10, String(busyOf('worker 1')));
    assert.ok(Math.abs(busyOf('reader') - 500) < 1);
    assert.equal(busyOf('writer'), 0);
    assert.equal(record.tasks.reduce((sum, count) => sum + count, 0), 5000);
    assert.deepEqual([Math.max(...record.input.map(Number)), Math.max(...record.output.map(Number))], [3, 1]);
  });
});
