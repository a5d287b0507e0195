import { rmSync } from 'node:fs';
import { createAtomicFile, prepareTarget } from '../src/io/atomic-file.js';
import { openFile } from '../src/io/file-source.js';
import { startStage } from '../src/pools/start.js';
import { applyPredictor, undoPredictor } from '../src/tiff/predictor.js';
import { timeRounds } from './core-time.js';
import { openSample, type Sample } from './sample.js';

/**
 * Seconds of a core for each byte of pixels, by stage; 0 where the layout has no such stage. `copy` is a block from one
 * room to another: no stage of its own, but part of some of them, and a measure of all.
 */
export type StageCosts = Readonly<Record<Stage | 'copy', number>>;

export const STAGES = ['read', 'inflate', 'unpredict', 'statistics', 'scale', 'predict', 'encode', 'hand-over', 'write'] as const;
export type Stage = (typeof STAGES)[number];

/** Bytes of pixels in a task, which is what reader and writer move at a time. */
const TASK_BYTES = 2 * 1024 * 1024;
/** A task goes from the main thread to reader, worker and writer, and back each time. */
const TRIPS = 3;
/** The times that a stage has one block at a time: a block that comes from another stage is in the cache. */
const REPEATS = 4;

/** Measures every stage on blocks of a scene. @param output where the writer may write; nothing is left there */
export async function measureStages(path: string, output: string, rawBytes: number): Promise<StageCosts> {
  const sample = await openSample(path);
  const work = await measureWork(sample);
  return {
    read: (await timeReading(path)) / rawBytes,
    ...work.costs,
    'hand-over': (await timeTrips()) * (TRIPS / TASK_BYTES),
    write: (await timeWriting(output, work.encodedBytes)) / (sample.encoded.length * sample.blockBytes),
  };
}

/** What workers do, each step by itself. */
async function measureWork(sample: Sample): Promise<{ costs: Omit<StageCosts, 'read' | 'hand-over' | 'write'>; encodedBytes: number }> {
  const { encoded, blockBytes, rows, codec, decode, encoding, kernel } = sample;
  const perByte = async (step: (i: number) => unknown): Promise<number> => {
    const seconds = await timeRounds(() => {
      for (let i = 0; i < encoded.length; i++) for (let repeat = 0; repeat < REPEATS; repeat++) step(i);
    });
    return seconds / (encoded.length * REPEATS * blockBytes);
  };
  const room = new Uint8Array(blockBytes);
  const inputs = encoded.map((bytes) => {
    const raw = new Uint8Array(blockBytes);
    decode(bytes, raw);
    undoPredictor(raw, rows);
    return raw;
  });
  const measure = (i: number): Float64Array => {
    const window = kernel.measure!.start();
    window.add(sample.pixels(inputs[i]), null);
    return window.finish();
  };
  const statistics = inputs.map((_, i) => measure(i));
  const outputs = inputs.map((input, i) => {
    const raw = new Uint8Array(blockBytes);
    kernel.apply(sample.pixels(input), null, statistics[i], sample.pixels(raw));
    applyPredictor(raw, rows);
    return raw;
  });
  const rowBytes = rows.rowSamples * rows.bytes;
  const encode = await encoding.openEncoder(encoding.level?.standard ?? 0);
  const other = new Uint8Array(blockBytes);
  const coded = new Uint8Array(encoding.bound(blockBytes, rowBytes));
  const isPlain = codec === 'none';
  return {
    encodedBytes: outputs.reduce((sum, raw) => sum + encode(raw, coded, rowBytes), 0),
    costs: {
      // Plain blocks are taken as they are.
      inflate: isPlain ? 0 : await perByte((i) => decode(encoded[i], room)),
      unpredict: rows.predictor === 1 ? 0 : await perByte(() => undoPredictor(room, rows)),
      statistics: await perByte(measure),
      scale: await perByte((i) => kernel.apply(sample.pixels(inputs[i]), null, statistics[i], sample.pixels(room))),
      predict: rows.predictor === 1 ? 0 : await perByte(() => applyPredictor(room, rows)),
      copy: await perByte((i) => other.set(inputs[i])),
      encode: await perByte((i) => encode(outputs[i], coded, rowBytes)),
    },
  };
}

/** Reads the file from start to end, as the page cache has it. */
async function timeReading(path: string): Promise<number> {
  const source = openFile(path);
  const room = new Uint8Array(TASK_BYTES);
  try {
    return await timeRounds(async () => {
      for (let at = 0; at < source.size; at += room.length) await source.read(at, room.subarray(0, Math.min(room.length, source.size - at)));
    });
  } finally {
    await source.close();
  }
}

/** Writes so many bytes to a new file. */
async function timeWriting(output: string, bytes: number): Promise<number> {
  const room = new Uint8Array(TASK_BYTES).fill(1);
  return timeRounds(async () => {
    const target = prepareTarget(output, { overwrite: true });
    const file = createAtomicFile(target);
    for (let at = 0; at < bytes; at += room.length) await file.write(at, room.subarray(0, Math.min(room.length, bytes - at)));
    await file.flush();
    await file.publish();
    rmSync(output);
  });
}

/** One way of a task to a thread and back. */
async function timeTrips(): Promise<number> {
  const stage = startStage('threads', 'echo', new URL('./echo-stage.js', import.meta.url).href);
  await stage.open(null);
  let buffer = new ArrayBuffer(TASK_BYTES);
  const trips = 100;
  const seconds = await timeRounds(async () => {
    for (let i = 0; i < trips; i++) buffer = (await stage.call(buffer, [buffer])) as ArrayBuffer;
  });
  await stage.close();
  return seconds / trips;
}
