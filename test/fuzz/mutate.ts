/** Spoils files: the same seed spoils the same file the same way on every machine. */

/** Mulberry32: uniform whole numbers from 0 to `below`. */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export interface Mutation {
  readonly bytes: Uint8Array;
  /** What was done, with offsets and byte values, so that a failure can be made again by hand. */
  readonly edits: readonly string[];
}

type Random = (below: number) => number;

/** Values that counts, sizes and offsets break on. */
const EDGES: readonly number[] = [0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xfe, 0xff];
const LARGEST_EDIT = 8;

/** One edit or a few, half of them where a file's structure is: its header and its directory. */
export function mutate(original: Uint8Array, seed: number): Mutation {
  const random = generator(seed);
  const edits: string[] = [];
  // A Buffer's own slice() would be a view.
  let bytes: Uint8Array = new Uint8Array(original);
  const count = random(4) > 0 ? 1 : 2 + random(2);
  for (let i = 0; i < count; i++) {
    if (random(12) === 0) bytes = cutOrGrown(bytes, random, edits);
    else if (bytes.length > 0) spoil(bytes, random, edits);
  }
  return { bytes, edits };
}

/** Changes up to eight bytes at one place. */
function spoil(bytes: Uint8Array, random: Random, edits: string[]): void {
  const offset = place(bytes, random);
  const length = Math.min(bytes.length - offset, [1, 1, 1, 1, 2, 4, LARGEST_EDIT][random(7)]);
  const before = Buffer.from(bytes.subarray(offset, offset + length)).toString('hex');
  const kind = random(4);
  for (let at = offset; at < offset + length; at++) {
    if (kind === 0) bytes[at] ^= 1 << random(8);
    else if (kind === 1) bytes[at] = EDGES[random(EDGES.length)];
    else if (kind === 2) bytes[at] = random(256);
    else bytes[at] = bytes[random(bytes.length)];
  }
  const after = Buffer.from(bytes.subarray(offset, offset + length)).toString('hex');
  edits.push(`at ${offset}: ${before} -> ${after}`);
}

/** Where to spoil: often within the directory, else anywhere. */
function place(bytes: Uint8Array, random: Random): number {
  const directory = directoryAt(bytes);
  const choice = random(8);
  if (choice === 0) return random(Math.min(16, bytes.length));
  if (choice < 4 && directory < bytes.length) return Math.min(bytes.length - 1, directory + random(300));
  return random(bytes.length);
}

/** Where the first directory begins, as the file's header has it; beyond the end in a broken one. */
function directoryAt(bytes: Uint8Array): number {
  if (bytes.length < 16) return bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = bytes[0] === 0x49;
  return view.getUint16(2, little) === 43 ? Number(view.getBigUint64(8, little)) : view.getUint32(4, little);
}

function cutOrGrown(bytes: Uint8Array, random: Random, edits: string[]): Uint8Array {
  if (random(3) > 0) {
    const length = random(bytes.length + 1);
    edits.push(`cut to ${length} of ${bytes.length} bytes`);
    return bytes.slice(0, length);
  }
  const more = 1 + random(64);
  edits.push(`${more} bytes of ff behind its ${bytes.length}`);
  const grown = new Uint8Array(bytes.length + more).fill(0xff);
  grown.set(bytes);
  return grown;
}
