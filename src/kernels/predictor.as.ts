/**
 * TIFF predictors 2 and 3, in place, over whole rows. AssemblyScript, compiled to predictor.wasm by `npm run build`;
 * predictor.ts calls it. Differences are modulo 2^bits; up to 16 bytes after the data are read, none of them written.
 */

const VECTOR: usize = 16;

/** Where each lane's byte comes from when all move up by `bytes`, for a swizzle; zeros follow. */
// @ts-ignore: decorator
@inline
function movedUp(bytes: usize): v128 {
  const lanes = v128(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const from = i8x16.sub(lanes, i8x16.splat(<i8>bytes));
  // A lane below `bytes` has none: an index beyond 15 gives 0.
  return v128.or(from, i8x16.lt_u(lanes, i8x16.splat(<i8>bytes)));
}

/** The last of the whole pixels in a vector, over and over. */
// @ts-ignore: decorator
@inline
function repeated(pixel: usize, taken: usize, room: usize): v128 {
  for (let i: usize = 0; i < VECTOR; i++) store<u8>(room + i, <u8>(taken - pixel + (i % pixel)));
  return v128.load(room);
}

/** @param pixel bytes from a sample to the one it is added to @param room 16 bytes to work in */
// @ts-ignore: decorator
@inline
function undo<T>(data: usize, length: usize, rowBytes: usize, pixel: usize, room: usize): void {
  const taken = pixel < VECTOR ? VECTOR - (VECTOR % pixel) : VECTOR;
  const once = movedUp(pixel);
  const twice = movedUp(min(pixel * 2, VECTOR));
  const fourTimes = movedUp(min(pixel * 4, VECTOR));
  const eightTimes = movedUp(min(pixel * 8, VECTOR));
  const last = pixel < VECTOR ? repeated(pixel, taken, room) : i8x16.splat(0);
  const isTaken = i8x16.lt_u(v128(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>taken));
  for (let row = data; row < data + length; row += rowBytes) {
    const end = row + rowBytes;
    let at = row;
    if (pixel < VECTOR) {
      let sum = i8x16.splat(0);
      let next = v128.load(at);
      for (; at + VECTOR <= end; at += taken) {
        const given = next;
        // Before the store, which it overlaps where a vector is not taken whole.
        next = v128.load(at + taken);
        let made = v128.add<T>(given, i8x16.swizzle(given, once));
        if (pixel * 2 < VECTOR) made = v128.add<T>(made, i8x16.swizzle(made, twice));
        if (pixel * 4 < VECTOR) made = v128.add<T>(made, i8x16.swizzle(made, fourTimes));
        if (pixel * 8 < VECTOR) made = v128.add<T>(made, i8x16.swizzle(made, eightTimes));
        made = v128.add<T>(made, sum);
        sum = i8x16.swizzle(made, last);
        v128.store(at, v128.bitselect(made, given, isTaken));
      }
    } else {
      at += pixel;
      for (; at + VECTOR <= end; at += VECTOR) v128.store(at, v128.add<T>(v128.load(at), v128.load(at - pixel)));
    }
    if (at == row) at += pixel;
    for (; at < end; at += sizeof<T>()) store<T>(at, load<T>(at) + load<T>(at - pixel));
  }
}

// @ts-ignore: decorator
@inline
function redo<T>(data: usize, length: usize, rowBytes: usize, pixel: usize): void {
  for (let row = data; row < data + length; row += rowBytes) {
    let at = row + rowBytes;
    // From the end, so that what is subtracted is still a sample.
    for (; at >= row + pixel + VECTOR; at -= VECTOR) {
      v128.store(at - VECTOR, v128.sub<T>(v128.load(at - VECTOR), v128.load(at - VECTOR - pixel)));
    }
    while (at > row + pixel) {
      at -= sizeof<T>();
      store<T>(at, load<T>(at) - load<T>(at - pixel));
    }
  }
}

export function undo8(data: usize, length: usize, rowBytes: usize, pixel: usize, room: usize): void {
  undo<u8>(data, length, rowBytes, pixel, room);
}
export function undo16(data: usize, length: usize, rowBytes: usize, pixel: usize, room: usize): void {
  undo<u16>(data, length, rowBytes, pixel, room);
}
export function undo32(data: usize, length: usize, rowBytes: usize, pixel: usize, room: usize): void {
  undo<u32>(data, length, rowBytes, pixel, room);
}
export function undo64(data: usize, length: usize, rowBytes: usize, pixel: usize, room: usize): void {
  undo<u64>(data, length, rowBytes, pixel, room);
}

export function redo8(data: usize, length: usize, rowBytes: usize, pixel: usize): void {
  redo<u8>(data, length, rowBytes, pixel);
}
export function redo16(data: usize, length: usize, rowBytes: usize, pixel: usize): void {
  redo<u16>(data, length, rowBytes, pixel);
}
export function redo32(data: usize, length: usize, rowBytes: usize, pixel: usize): void {
  redo<u32>(data, length, rowBytes, pixel);
}
export function redo64(data: usize, length: usize, rowBytes: usize, pixel: usize): void {
  redo<u64>(data, length, rowBytes, pixel);
}

/**
 * Puts planes of bytes, the samples' most significant ones first, together to samples, least significant byte first.
 * @param room `rowBytes` bytes to work in
 */
export function joinPlanes(data: usize, length: usize, rowBytes: usize, bytes: usize, room: usize): void {
  const count = rowBytes / bytes;
  for (let row = data; row < data + length; row += rowBytes) {
    memory.copy(room, row, rowBytes);
    let i: usize = 0;
    if (bytes == 4) {
      for (; i + VECTOR <= count; i += VECTOR) {
        const at = room + i;
        const b3 = v128.load(at);
        const b2 = v128.load(at + count);
        const b1 = v128.load(at + 2 * count);
        const b0 = v128.load(at + 3 * count);
        const low = i8x16.shuffle(b0, b1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const lowRest = i8x16.shuffle(b0, b1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const high = i8x16.shuffle(b2, b3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const highRest = i8x16.shuffle(b2, b3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const to = row + i * 4;
        v128.store(to, i16x8.shuffle(low, high, 0, 8, 1, 9, 2, 10, 3, 11));
        v128.store(to, i16x8.shuffle(low, high, 4, 12, 5, 13, 6, 14, 7, 15), 16);
        v128.store(to, i16x8.shuffle(lowRest, highRest, 0, 8, 1, 9, 2, 10, 3, 11), 32);
        v128.store(to, i16x8.shuffle(lowRest, highRest, 4, 12, 5, 13, 6, 14, 7, 15), 48);
      }
    }
    for (let byte: usize = 0; byte < bytes; byte++) {
      const plane = room + (bytes - 1 - byte) * count;
      for (let at = i; at < count; at++) store<u8>(row + at * bytes + byte, load<u8>(plane + at));
    }
  }
}

/** The other way round. @param room `rowBytes` bytes to work in */
export function splitPlanes(data: usize, length: usize, rowBytes: usize, bytes: usize, room: usize): void {
  const count = rowBytes / bytes;
  for (let row = data; row < data + length; row += rowBytes) {
    memory.copy(room, row, rowBytes);
    let i: usize = 0;
    if (bytes == 4) {
      for (; i + 4 <= count; i += 4) {
        const four = v128.load(room + i * 4);
        const planes = i8x16.shuffle(four, four, 3, 7, 11, 15, 2, 6, 10, 14, 1, 5, 9, 13, 0, 4, 8, 12);
        store<u32>(row + i, i32x4.extract_lane(planes, 0));
        store<u32>(row + i + count, i32x4.extract_lane(planes, 1));
        store<u32>(row + i + 2 * count, i32x4.extract_lane(planes, 2));
        store<u32>(row + i + 3 * count, i32x4.extract_lane(planes, 3));
      }
    }
    for (let byte: usize = 0; byte < bytes; byte++) {
      const plane = row + (bytes - 1 - byte) * count;
      for (let at = i; at < count; at++) store<u8>(plane + at, load<u8>(room + at * bytes + byte));
    }
  }
}
