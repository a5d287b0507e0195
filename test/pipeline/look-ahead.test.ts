import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ByteSource } from '../../src/io/byte-source.js';
import { LookAhead } from '../../src/pipeline/look-ahead.js';
import type { Window } from '../../src/raster/window.js';

const MB = 1024 * 1024;
const TASKS = 256;
/** Less than the first requests ask for. */
const TASK_BYTES = MB / 4;
/** What a request may ask for beyond a limit. */
const REQUEST = 5 * MB;

const windowOf = (task: number): Window => ({ col: task, row: 0, width: 1, height: 1 });
const expected = (position: number): number => (position / TASK_BYTES) % 251;

/** A source whose reads come when they are told to, up to a place. */
class HeldSource implements ByteSource {
  readonly name = 'held';
  readonly size = TASKS * TASK_BYTES;
  /** Where the reads asked for so far end. */
  asked = 0;
  #open = 0;
  #held: { readonly position: number; readonly come: () => void }[] = [];

  read(position: number, into: Uint8Array): Promise<void> {
    this.asked = Math.max(this.asked, position + into.length);
    return new Promise((resolve) => {
      const come = (): void => {
        for (let at = 0; at < into.length; at += TASK_BYTES) into[at] = expected(position + at);
        resolve();
      };
      this.#held.push({ position, come });
      this.release(this.#open);
    });
  }

  /** Lets all reads come that begin before `open`. */
  release(open: number): void {
    this.#open = open;
    const now = this.#held.filter(({ position }) => position < open);
    this.#held = this.#held.filter(({ position }) => position >= open);
    for (const { come } of now) come();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Loads all tasks; the most bytes that were asked for and not loaded yet. @param open up to where the network is, when a task is asked for and when it waits */
async function mostAhead(bytes: number, open: (task: number) => { readonly before: number; readonly meanwhile: number }): Promise<number> {
  const source = new HeldSource();
  const rangesOf = ({ col }: Window) => Promise.resolve([{ source, block: col, position: col * TASK_BYTES, length: TASK_BYTES }]);
  const ahead = new LookAhead({ rangesOf, blocksOf: ({ col }) => [col], bytes });
  const coming = Array.from({ length: TASKS }, (_, task) => windowOf(task));
  let most = 0;
  for (let task = 0; task < TASKS; task++) {
    source.release(open(task).before);
    await turn();
    const loading = ahead.load(task, task === 0 ? coming : [], undefined);
    await turn();
    source.release(open(task).meanwhile);
    const { buffer, starts, lengths } = await loading;
    assert.deepEqual([lengths[0], new Uint8Array(buffer)[starts[0]]], [TASK_BYTES, expected(task * TASK_BYTES)]);
    await turn();
    most = Math.max(most, source.asked - (task + 1) * TASK_BYTES);
  }
  return most;
}

describe('how much is fetched ahead', () => {
  test('little where what comes is there before it is wanted', async () => {
    const most = await mostAhead(64 * MB, () => ({ before: Infinity, meanwhile: Infinity }));
    assert.ok(most > 8 * MB && most <= 16 * MB + REQUEST, `${most / MB} MB`);
  });

  test('more and more where tasks have to wait, up to its share', async () => {
    const late = (task: number) => ({ before: task * TASK_BYTES, meanwhile: (task + 1) * TASK_BYTES });
    const most = await mostAhead(32 * MB, late);
    assert.ok(most > 16 * MB + REQUEST && most <= 24 * MB + REQUEST, `${most / MB} MB`);
  });

  test('no more than its share from the first on', async () => {
    const most = await mostAhead(8 * MB, () => ({ before: Infinity, meanwhile: Infinity }));
    assert.ok(most <= 6 * MB + REQUEST, `${most / MB} MB`);
  });
});
