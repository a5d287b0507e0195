/**
 * Samples of every type worked on as doubles, a run at a time. AssemblyScript, compiled to doubles.wasm by `npm run build`;
 * doubles.ts calls it and says where in the thread's memory all lies.
 *
 * A run is values, f64 behind each other, and marks beside them, a byte each, not 0 where a sample is invalid.
 */

import { read } from './doubles/read.as';
import { write } from './doubles/write.as';

export * from './doubles/around.as';
export * from './doubles/near.as';
export * from './doubles/stretch.as';

export function readU8(samples: usize, rowStep: usize, rows: usize, step: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  return read<u8>(samples, rowStep, rows, step, count, nodata, values, invalid);
}
export function readI8(samples: usize, rowStep: usize, rows: usize, step: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  return read<i8>(samples, rowStep, rows, step, count, nodata, values, invalid);
}
export function readU16(samples: usize, rowStep: usize, rows: usize, step: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  return read<u16>(samples, rowStep, rows, step, count, nodata, values, invalid);
}
export function readI16(samples: usize, rowStep: usize, rows: usize, step: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  return read<i16>(samples, rowStep, rows, step, count, nodata, values, invalid);
}
export function readU32(samples: usize, rowStep: usize, rows: usize, step: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  return read<u32>(samples, rowStep, rows, step, count, nodata, values, invalid);
}
export function readI32(samples: usize, rowStep: usize, rows: usize, step: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  return read<i32>(samples, rowStep, rows, step, count, nodata, values, invalid);
}
export function readF32(samples: usize, rowStep: usize, rows: usize, step: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  return read<f32>(samples, rowStep, rows, step, count, nodata, values, invalid);
}
export function readF64(samples: usize, rowStep: usize, rows: usize, step: usize, count: usize, nodata: f64, values: usize, invalid: usize): bool {
  return read<f64>(samples, rowStep, rows, step, count, nodata, values, invalid);
}

export function writeU8(values: usize, invalid: usize, rows: usize, count: usize, low: f64, high: f64, from: f64, to: f64, other: f64, fill: f64, out: usize, rowStep: usize, step: usize): void {
  write<u8>(values, invalid, rows, count, false, low, high, from, to, other, fill, out, rowStep, step);
}
export function writeI8(values: usize, invalid: usize, rows: usize, count: usize, low: f64, high: f64, from: f64, to: f64, other: f64, fill: f64, out: usize, rowStep: usize, step: usize): void {
  write<i8>(values, invalid, rows, count, false, low, high, from, to, other, fill, out, rowStep, step);
}
export function writeU16(values: usize, invalid: usize, rows: usize, count: usize, low: f64, high: f64, from: f64, to: f64, other: f64, fill: f64, out: usize, rowStep: usize, step: usize): void {
  write<u16>(values, invalid, rows, count, false, low, high, from, to, other, fill, out, rowStep, step);
}
export function writeI16(values: usize, invalid: usize, rows: usize, count: usize, low: f64, high: f64, from: f64, to: f64, other: f64, fill: f64, out: usize, rowStep: usize, step: usize): void {
  write<i16>(values, invalid, rows, count, false, low, high, from, to, other, fill, out, rowStep, step);
}
export function writeU32(values: usize, invalid: usize, rows: usize, count: usize, low: f64, high: f64, from: f64, to: f64, other: f64, fill: f64, out: usize, rowStep: usize, step: usize): void {
  write<u32>(values, invalid, rows, count, false, low, high, from, to, other, fill, out, rowStep, step);
}
export function writeI32(values: usize, invalid: usize, rows: usize, count: usize, low: f64, high: f64, from: f64, to: f64, other: f64, fill: f64, out: usize, rowStep: usize, step: usize): void {
  write<i32>(values, invalid, rows, count, false, low, high, from, to, other, fill, out, rowStep, step);
}
export function writeF32(values: usize, invalid: usize, rows: usize, count: usize, low: f64, high: f64, from: f64, to: f64, other: f64, fill: f64, out: usize, rowStep: usize, step: usize): void {
  write<f32>(values, invalid, rows, count, false, low, high, from, to, other, fill, out, rowStep, step);
}
export function writeF64(values: usize, invalid: usize, rows: usize, count: usize, low: f64, high: f64, from: f64, to: f64, other: f64, fill: f64, out: usize, rowStep: usize, step: usize): void {
  write<f64>(values, invalid, rows, count, false, low, high, from, to, other, fill, out, rowStep, step);
}
/** 64-bit integers as doubles. */
export function writeWhole64(values: usize, invalid: usize, rows: usize, count: usize, low: f64, high: f64, from: f64, to: f64, other: f64, fill: f64, out: usize, rowStep: usize, step: usize): void {
  write<f64>(values, invalid, rows, count, true, low, high, from, to, other, fill, out, rowStep, step);
}
