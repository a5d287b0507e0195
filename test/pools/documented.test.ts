import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Folder } from '../support/folder.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = readFileSync(`${ROOT}docs/process-queue.md`, 'utf8');

/** The modules on the page, by their names. */
const MODULES = new Map([...PAGE.matchAll(/```js\n\/\/ (\S+)\n(.*?)```/gs)].map(([, name, code]) => [name, code]));
/** What programs print: those that a block of text follows. */
const PRINTED = new Map([...PAGE.matchAll(/```js\n\/\/ (\S+)\n(?:(?!```).)*```\n\n```text\n(.*?)```/gs)].map(([, name, text]) => [name, text]));

/** Runs a program to its end; one that is still there after a minute hangs. */
function run(path: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], { encoding: 'utf8', timeout: 60_000 });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout;
}

describe('the programs of the page print what it says', { concurrency: 2 }, () => {
  test('there are some', () => assert.deepEqual([...PRINTED.keys()], ['queues.mjs', 'lists.mjs', 'refused.mjs', 'moved.mjs', 'shared.mjs']));

  for (const [name, text] of PRINTED) {
    test(name, (t) => {
      const folder = new Folder(t);
      mkdirSync(folder.at('node_modules'));
      symlinkSync(ROOT, folder.at('node_modules/rastq'), 'junction');
      for (const [file, code] of MODULES) writeFileSync(folder.at(file), code);
      assert.equal(run(folder.at(name)), text);
    });
  }
});

describe('examples', () => {
  test('powers: all of them, out of order', () => {
    const lines = run(`${ROOT}examples/powers.mjs`).trim().split('\n');
    assert.equal(lines.pop(), '20 of 20, out of order');
    const wanted = Array.from({ length: 20 }, (_, i) => `${i + 1} ** 3 = ${(i + 1) ** 3}`);
    assert.notDeepEqual(lines, wanted);
    assert.deepEqual([...lines].sort(), [...wanted].sort());
  });

  test('weather: every station once, whatever is refused, with no more in flight than asked for', () => {
    const lines = run(`${ROOT}examples/weather.mjs`).trim().split('\n');
    const stations = Array.from({ length: 100 }, (_, station) => 10 + (station % 17));
    const mean = stations.reduce((sum, celsius) => sum + celsius, 0) / stations.length;
    assert.equal(lines.length, 2);
    for (const [i, inFlight] of [1, 40].entries()) {
      const said = /^(\d+) in flight: 100 stations, ([\d.]+) degrees on average, (\d+) requests, at most (\d+) at once/.exec(lines[i]);
      const [most, average, requests, atOnce] = said!.slice(1).map(Number);
      assert.equal(most, inFlight);
      assert.equal(average, Number(mean.toFixed(2)));
      // One in ten is refused, of the tries again too.
      assert.equal(requests, 111);
      assert.ok(inFlight === 1 ? atOnce === 1 : atOnce > 1 && atOnce <= 40, `${atOnce} at once`);
    }
  });
});
