import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Plan, planRequest, prepareTarget, runPlan } from '../../src/index.js';
import type { Report } from '../../src/report/report.js';
import { INLINE } from '../oracle/support/run.js';
import { assertSilentSuccess, failureOf, onlyLine, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const FILES = ['normalize', 'in.tif', 'out.tif'];

function assertTimes(times: object): void {
  for (const [name, value] of Object.entries(times) as [string, unknown][]) {
    if (typeof value === 'object' && value !== null) assertTimes(value);
    else assert.ok(typeof value === 'number' && value >= 0 && value < 3600, `${name}: ${String(value)}`);
  }
}

/** The names of all that a report holds, `seconds.wall` and so on: fixed, for scripts lean on them. */
function namesIn(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, part]: [string, unknown]) =>
    typeof part === 'object' && part !== null ? namesIn(part, `${prefix}${name}.`) : [prefix + name],
  );
}

const FILE_NAMES = ['path', 'width', 'height', 'bands', 'dtype', 'bytes'];
const NAMES = [
  'operation',
  ...FILE_NAMES.map((name) => `input.${name}`),
  ...FILE_NAMES.map((name) => `output.${name}`),
  ...['windows', 'tasks', 'workers', 'pool'],
  ...['mode', 'size', 'inputHighWater', 'outputHighWater'].map((name) => `queue.${name}`),
  ...['startup', 'wall', 'read', 'decode', 'operation', 'encode', 'write'].map((name) => `seconds.${name}`),
  ...['reader', 'workers', 'writer'].map((name) => `seconds.waiting.${name}`),
  ...['read', 'written', 'raw'].map((name) => `bytes.${name}`),
  ...['self', 'tree'].map((name) => `maxRssBytes.${name}`),
  ...['limitBytes', 'plannedBytes', 'peakBytes'].map((name) => `memory.${name}`),
  'resumedTasks',
  'verified',
  'bottleneck',
];

describe('--json prints a report that adds up', { concurrency: 3 }, () => {
  for (const [pool, mode, workers, window] of [
    ['threads', 'bounded', 2, 256],
    ['threads', 'none', 3, 128],
    ['processes', 'bounded', 2, 64],
    ['inline', 'bounded', 4, 10000],
  ] as const) {
    test(`${pool}, queue ${mode}, windows of ${window}`, async (t) => {
      const folder = new Folder(t);
      const input = folder.addFixture('scene.tif');
      const how = ['--pool', pool, '-q', mode, '--queue-size', '3', '-j', String(workers), '--window', String(window)];
      const result = await runCli([...FILES, ...how, '--dtype', 'uint8', '--range', '0,255', '--json'], { cwd: folder.path });
      assertSilentSuccess(result);
      const report = JSON.parse(result.stdout) as Report;
      assert.deepEqual(namesIn(report).sort(), [...NAMES].sort());

      const scene = { width: 600, height: 500, bands: 4 };
      const outputBytes = statSync(folder.at('out.tif')).size;
      assert.equal(report.operation, 'normalize');
      assert.deepEqual(report.input, { path: 'in.tif', ...scene, dtype: 'uint16', bytes: statSync(input).size });
      assert.deepEqual(report.output, { path: 'out.tif', ...scene, dtype: 'uint8', bytes: outputBytes });
      assert.equal(report.windows, Math.ceil(600 / window) * Math.ceil(500 / window));
      assert.ok(report.tasks >= 1);
      assert.deepEqual([report.pool, report.workers], [pool, pool === 'inline' ? 1 : workers]);

      const { queue, seconds, bytes, maxRssBytes } = report;
      assert.deepEqual([queue.mode, queue.size], [mode, 3]);
      assert.ok(queue.outputHighWater <= queue.size);
      if (mode === 'none') assert.equal(queue.inputHighWater, report.tasks);
      else assert.ok(queue.inputHighWater <= queue.size);

      assertTimes(seconds);
      assert.ok(seconds.startup <= seconds.wall);
      assert.equal(bytes.raw, 600 * 500 * 4 * 2);
      assert.equal(bytes.written, outputBytes);
      assert.ok(bytes.read > 0 && bytes.read <= 2 * report.input.bytes, `${bytes.read} bytes read`);
      assert.ok(maxRssBytes.self > 1e6);
      // Threads live in the main process, and its memory is theirs.
      assert.equal(maxRssBytes.tree > maxRssBytes.self, pool === 'processes');
      assert.ok(['reader', 'workers', 'writer'].includes(report.bottleneck));
    });
  }
});

describe('what a run says off a terminal', { concurrency: 3 }, () => {
  for (const [words, stderr] of [
    [[], /^$/],
    [['--quiet'], /^$/],
    [['--quiet', '--log-format', 'pretty'], /^$/],
    [['--no-progress'], /^$/],
    [['-v', '-j', '1'], /^normalize {2}in\.tif -> out\.tif\n.*50 x 30 pixels, 1 band, uint8 -> uint16.*\n.*wrote.*; memory \d.* MB of \d.* [MG]B\n.*1 worker \(threads\).*\n.*waited.*\n$/],
    [['--progress'], /1\/1 windows/],
  ] as const) {
    test(`with "${words.join(' ')}"`, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('uint8-full-range.tif');
      const result = await runCli([...FILES, ...words], { cwd: folder.path });
      assert.deepEqual([result.code, result.stdout], [0, '']);
      assert.match(result.stderr, stderr);
      assert.deepEqual(folder.list(), ['in.tif', 'out.tif']);
    });
  }

  test('--quiet says why a run failed all the same', async (t) => {
    const folder = new Folder(t);
    assert.match(failureOf(await runCli([...FILES, '--quiet'], { cwd: folder.path }), 5), /^in\.tif: cannot open/);
  });

  test('--log-format json says why a run failed in one JSON object', async (t) => {
    const folder = new Folder(t);
    const { code, stderr } = await runCli([...FILES, '--log-format', 'json'], { cwd: folder.path });
    const { level, exitCode, msg } = JSON.parse(onlyLine(stderr)) as { level: string; exitCode: number; msg: string };
    assert.deepEqual([code, level, exitCode], [5, 'error', 5]);
    assert.match(msg, /^in\.tif: cannot open: no such file or directory/);
  });

  test("a file's name with line ends and escapes in it stays on one line", async (t) => {
    const folder = new Folder(t);
    for (const format of ['json', 'pretty']) {
      const words = ['normalize', 'a\nb\u001b[31m.tif', 'out.tif', '--log-format', format];
      const { code, stderr } = await runCli(words, { cwd: folder.path });
      assert.equal(code, 5);
      assert.ok(!onlyLine(stderr).includes('\u001b'));
    }
  });
});

describe('--dry-run', { concurrency: 3 }, () => {
  test('prints the plan as JSON and touches nothing; the plan makes the same file', async (t) => {
    const folder = new Folder(t);
    const [input, output] = [folder.addFixture('rotated.tif'), folder.at('out.tif')];
    const words = ['normalize', input, output, '--co', 'COMPRESS=LZW', '--window', '50'];
    const dry = await runCli([...words, '--dry-run', '--report-file', folder.at('report.json')]);
    assertSilentSuccess(dry);
    assert.deepEqual(folder.list(), ['in.tif']);

    assertSilentSuccess(await runCli(words));
    const byCli = readFileSync(output);
    const plan = JSON.parse(dry.stdout) as Plan;
    assert.equal(plan.version, 1);
    await runPlan(plan, { target: prepareTarget(output, { overwrite: true }), ...INLINE });
    assert.deepEqual(readFileSync(output), byCli);
  });

  test('prints what the library plans', async (t) => {
    const folder = new Folder(t);
    const input = folder.addFixture('rotated.tif');
    const output = folder.at('out.tif');
    const { stdout } = await runCli(['normalize', input, output, '--dry-run']);
    const { plan } = await planRequest({
      ...{ input, output, window: 256, creation: {}, overwrite: false },
      steps: [{ operation: 'normalize', params: { range: { min: 0, max: 4096 }, dtype: 'uint16' } }],
    });
    assert.deepEqual(JSON.parse(stdout), plan);
  });

  test('refuses what the run would refuse', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    writeFileSync(folder.at('out.tif'), 'old');
    assert.match(failureOf(await runCli([...FILES, '--dry-run'], { cwd: folder.path }), 2), /exists already/);
    assert.equal(readFileSync(folder.at('out.tif'), 'utf8'), 'old');
  });
});
