import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fitAmdahl, fittedSeconds, parallelShare, type Timing } from '../../bench/amdahl.js';

const near = (got: number, wanted: number): void => assert.ok(Math.abs(got - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)), `${got}, wanted ${wanted}`);

const seconds = fc.double({ min: 0, max: 1000, noNaN: true });

describe("Amdahl's law", () => {
  test('is found again in times that follow it', () => {
    fc.assert(
      fc.property(seconds, seconds, fc.uniqueArray(fc.integer({ min: 1, max: 64 }), { minLength: 2, maxLength: 6 }), (serial, parallel, counts) => {
        const fit = fitAmdahl(counts.map((workers) => ({ workers, seconds: serial + parallel / workers })));
        for (const workers of counts) near(fittedSeconds(fit, workers), serial + parallel / workers);
      }),
    );
  });

  test('no other serial and parallel seconds, none below 0, are nearer to the times', () => {
    const miss = (timings: readonly Timing[], serial: number, parallel: number): number =>
      timings.reduce((sum, { workers, seconds: taken }) => sum + (serial + parallel / workers - taken) ** 2, 0);
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 4, maxLength: 4 }), seconds, seconds, (taken, serial, parallel) => {
        const timings = taken.map((one, i) => ({ workers: 2 ** i, seconds: one }));
        const fit = fitAmdahl(timings);
        assert.ok(fit.serialSeconds >= 0 && fit.parallelSeconds >= 0);
        const least = miss(timings, fit.serialSeconds, fit.parallelSeconds);
        assert.ok(least <= miss(timings, serial, parallel) * (1 + 1e-9) + 1e-9);
      }),
    );
  });

  test('faster than by halves is no serial time, slower with two is no parallel time', () => {
    assert.equal(fitAmdahl([{ workers: 1, seconds: 10 }, { workers: 2, seconds: 4 }]).serialSeconds, 0);
    assert.deepEqual(fitAmdahl([{ workers: 1, seconds: 4 }, { workers: 2, seconds: 6 }]), { serialSeconds: 5, parallelSeconds: 0 });
  });

  test('tells the parallel share', () => assert.equal(parallelShare({ serialSeconds: 1, parallelSeconds: 3 }), 0.75));
});
