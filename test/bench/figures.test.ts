import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UsageError } from '../../src/errors.js';
import { boundSeconds, limitingCores } from '../../bench/cost-model.js';
import { judged } from '../../bench/goals.js';
import { commandOf, parseOptions } from '../../bench/options.js';
import { plotTimings } from '../../bench/plot.js';
import { median } from '../../bench/series.js';
import type { StageCosts } from '../../bench/stages.js';

test('the median is the middle, or the mean of the two in the middle, of any order', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 9, 1, 2]), 5.5);
});

describe('a figure and its goal', () => {
  test('is bold where the goal is reached', () => {
    assert.equal(judged({ value: 8, unit: 'times', goal: { atLeast: 8 } }), '**8.00** (≥ 8.00)');
    assert.equal(judged({ value: 7.99, unit: 'times', goal: { atLeast: 8 } }), '7.99 (≥ 8.00)');
    assert.equal(judged({ value: 161e6, unit: 'bytes', goal: { atMost: 160e6 } }), '161 MB (≤ 160 MB)');
  });

  test('stands alone without one', () => assert.equal(judged({ value: 12.4, unit: 'milliseconds', goal: {} }), '12 ms'));
});

describe('the cost model', () => {
  const none: StageCosts = { read: 0, inflate: 0, unpredict: 0, statistics: 0, scale: 0, predict: 0, encode: 0, 'hand-over': 0, write: 0, copy: 0 };

  test('bounds a run by all stages on all cores; a copy is part of others', () => {
    assert.equal(boundSeconds({ ...none, inflate: 2, encode: 4, copy: 100 }, 10, 3), 20);
  });

  test('a single thread is busy all the time on as many cores as its share goes into the whole', () => {
    const costs = { ...none, read: 1, encode: 15, write: 4 };
    assert.deepEqual(limitingCores(costs), { reader: 20, writer: 5, 'main thread': Infinity });
    assert.equal(limitingCores({ ...none, encode: 9, 'hand-over': 1 })['main thread'], 20);
  });
});

describe('options', () => {
  test('the command that is told measures the same again', () => {
    const words = ['scaling', '--size', '1024', '--turns', '2'];
    const options = parseOptions(words)!;
    assert.equal(commandOf(options), `npm run bench -- ${words.join(' ')} --layouts deflate`);
    assert.deepEqual(parseOptions(commandOf(options).split(' ').slice(4)), options);
  });

  test('what is not there is refused', () => {
    for (const words of [['fast'], ['costs', 'scaling'], ['--layouts', 'deflate,jpeg'], ['--size', '1000'], ['--turns', '0'], ['--what']]) {
      assert.throws(() => parseOptions(words), UsageError, words.join(' '));
    }
  });
});

describe('the plot', () => {
  const timings = [1, 2, 4].map((workers) => ({ workers, seconds: 8 / workers }));
  const circles = (svg: string): number[][] => [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);

  test('workers lie at equal steps of two, seconds from 0', () => {
    const [[x1, y1], [x2, y2], [x4, y4]] = circles(plotTimings('t', [{ label: 'a', timings, colour: 0, isFitted: false }], 2));
    assert.ok(Math.abs(x2 - x1 - (x4 - x2)) < 0.2);
    assert.ok(Math.abs((y2 - y1) / (y4 - y2) - 2) < 0.01);
  });

  test('what is fitted has a dashed line and no points, and words are escaped', () => {
    const svg = plotTimings('a < b', [{ label: 'x & y', timings, colour: 0, isFitted: true }], 2);
    assert.equal(circles(svg).length, 0);
    assert.match(svg, /stroke-dasharray/);
    assert.match(svg, /<title>a &lt; b<\/title>/);
    assert.match(svg, />x &amp; y</);
  });
});
