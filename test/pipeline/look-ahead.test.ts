import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import type { ByteSource, PiecesRead } from '../../src/io/byte-source.js';
import type { Pieces } from '../../src/io/pieces.js';
import type { LoadedBlocks } from '../../src/pipeline/loaded-blocks.js';
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

/** A source far away whose answers come when they are told to, up to a place. */
class HeldSource implements ByteSource {
  readonly name = 'held';
  readonly size = TASKS * TASK_BYTES;
  /** Where the ranges asked for so far end. */
  asked = 0;
  readonly remote: NonNullable<ByteSource['remote']> = {
    version: undefined,
    interrupt: () => undefined,
    snapshot: () => assert.fail('nobody asks'),
  };
  #open = 0;
  #held: { readonly position: number; readonly come: () => void }[] = [];

  read(): Promise<void> {
    assert.fail('nobody reads');
  }

  async readPieces(reads: readonly PiecesRead[]): Promise<void> {
    await Promise.all(reads.map(({ position, into }) => this.#fetch(position, into)));
  }

  #fetch(position: number, into: Pieces): Promise<void> {
    this.asked = Math.max(this.asked, position + into.length);
    return new Promise((resolve) => {
      const come = (): void => {
        for (let at = 0; at < into.length; at += TASK_BYTES) into.set(Uint8Array.of(expected(position + at)), at);
        resolve();
      };
      this.#held.push({ position, come });
      this.release(this.#open);
    });
  }

  /** Lets all answers come that begin before `open`. */
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

/** Blocks of a made-up file: those of each task, as numbers, and how long each is with the gap before it. */
interface Layout {
  readonly blocks: readonly { readonly gap: number; readonly length: number }[];
  readonly tasks: readonly (readonly number[])[];
}

const layoutsOf: fc.Arbitrary<Layout> = fc
  .array(fc.record({ gap: fc.oneof(fc.constant(0), fc.nat(6000)), length: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40_000 }), fc.constant(1_500_000)) }), { minLength: 1, maxLength: 12 })
  .chain((blocks) => {
    const some = fc.array(fc.nat(blocks.length - 1), { maxLength: 5 });
    return fc.record({ blocks: fc.constant(blocks), tasks: fc.array(some, { minLength: 1, maxLength: 10 }) });
  });

describe('what a task is given', () => {
  test('many small blocks come to one place, and those between them that it does not want', async () => {
    const wanted: number[] = [];
    const readPieces = (reads: readonly PiecesRead[]): Promise<void> => {
      wanted.push(...reads.map(({ into }) => into.all.length));
      return Promise.resolve();
    };
    const source: ByteSource = { name: 'small', size: 10 * MB, read: () => assert.fail('nobody reads'), readPieces, close: () => Promise.resolve() };
    // Every hundredth is missing.
    const blocks = Array.from({ length: 5000 }, (_, i) => i).filter((i) => i % 100 !== 99);
    const ranges = blocks.map((block) => ({ source, block, position: block * 50, length: 50 }));
    const ahead = new LookAhead({ rangesOf: () => Promise.resolve(ranges), blocksOf: () => blocks, bytes: 8 * MB });
    await ahead.load(0, [windowOf(0)], undefined);
    assert.deepEqual(wanted, [1]);
  });

  test('its blocks, whether it shares them with others or not', async () => {
    const valueAt = (position: number): number => (position * 2654435761) >>> 24;
    const fill = (position: number, into: Uint8Array): void => {
      for (let i = 0; i < into.length; i++) into[i] = valueAt(position + i);
    };
    const told = fc.record({ layout: layoutsOf, isRemote: fc.boolean(), mb: fc.constantFrom(1, 8), isTwice: fc.boolean(), spare: fc.nat(100_000) });
    await fc.assert(
      fc.asyncProperty(told, async ({ layout: { blocks, tasks }, isRemote, mb, isTwice, spare }) => {
        let end = 0;
        const ranges = blocks.map(({ gap, length }) => ({ position: (end += gap + length) - length, length }));
        const readPieces = async (reads: readonly PiecesRead[]): Promise<void> => {
          if (isRemote) await turn();
          for (const { position, into } of reads) {
            const bytes = new Uint8Array(into.length);
            fill(position, bytes);
            into.set(bytes, 0);
          }
        };
        const source: ByteSource = { name: 'made up', size: end, read: () => assert.fail('nobody reads'), readPieces, close: () => Promise.resolve() };
        const ahead = new LookAhead({
          rangesOf: ({ col }) => Promise.resolve(tasks[col].map((block) => ({ source, block, ...ranges[block] }))),
          blocksOf: ({ col }) => tasks[col],
          bytes: mb * MB,
        });
        const check = ({ buffer, starts, lengths }: LoadedBlocks, task: number): void => {
          for (const [i, block] of tasks[task].entries()) {
            const { position, length } = ranges[block];
            assert.equal(lengths[i], length);
            const bytes = new Uint8Array(length);
            fill(position, bytes);
            assert.ok(length === 0 || Buffer.compare(new Uint8Array(buffer, starts[i], length), bytes) === 0, `task ${task}, block ${block}`);
          }
        };
        // A few are out at one time, and come back as those of a run do.
        const out: { readonly loaded: LoadedBlocks; readonly task: number }[] = [];
        const takeBack = (): ArrayBuffer => {
          const { loaded, task } = out.shift()!;
          check(loaded, task);
          return structuredClone(loaded.buffer, { transfer: [loaded.buffer] });
        };
        for (let pass = 0; pass < (isTwice ? 2 : 1); pass++) {
          for (const task of tasks.keys()) {
            const back = out.length < 3 ? new ArrayBuffer(spare) : takeBack();
            const loaded = await ahead.load(task, task === 0 ? tasks.map((_, i) => windowOf(i)) : [], back);
            check(loaded, task);
            out.push({ loaded, task });
          }
        }
        while (out.length > 0) takeBack();
      }),
      { numRuns: 60 },
    );
  });
});
