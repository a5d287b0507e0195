import { crc32 } from 'node:zlib';
import type { Encoder, Encoding } from '../codecs/codec.js';
import { HEAP, type Scratches } from '../kernels/scratch.js';
import { type DType, DTYPES, isPacked64, type Samples } from '../raster/dtype.js';
import type { Pixels } from '../raster/block.js';
import { crop, fillPixels, pixelsOver } from '../raster/block.js';
import { nodataNumber } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';
import type { Window } from '../raster/window.js';
import { bandsPerBlock, planeCount } from './block-layout.js';
import { applyPredictor } from './predictor.js';
import { LEADER_BYTES, rawTileBytes, type TileLayout, tilesPerCell, type TiffOutput, TRAILER_BYTES } from './tile-layout.js';
import { packIntegers64 } from './unpack.js';

type EncodedOutput = Pick<TiffOutput, 'profile' | 'layout' | 'cog'>;

const maskBytesOf = ({ profile, layout }: EncodedOutput): number => (profile.mask ? (layout.tile.width / 8) * layout.tile.height : 0);

/** The most bytes that the tiles of a cell can take. @param bound of the codec */
export function cellBound(output: EncodedOutput, bound: Encoding['bound']): number {
  const { profile, layout, cog } = output;
  const { height } = layout.tile;
  const [plane, mask] = [rawTileBytes(output), maskBytesOf(output)];
  const besides = cog?.leaders === true ? tilesPerCell(output) * (LEADER_BYTES + TRAILER_BYTES) : 0;
  return planeCount(layout, profile.bands) * bound(plane, plane / height) + (mask === 0 ? 0 : bound(mask, mask / height)) + besides;
}

/**
 * Turns the tiles of a task into bytes, one behind the other in one buffer. Lives in one worker. For each tile:
 * `begin` gives the pixels to fill in, `end` encodes them.
 */
export class TileEncoder {
  readonly #profile: Profile;
  readonly #layout: TileLayout;
  readonly #leaders: boolean;
  readonly #encode: Encoder;
  readonly #cellBound: number;
  /** Byte counts of each cell: its planes', then its mask's. */
  readonly countsPerCell: number;
  readonly #planes: number;
  readonly #planeBytes: number;
  readonly #fill: number;
  readonly #raw: Uint8Array;
  readonly #mask: Uint8Array;
  #out: Uint8Array = new Uint8Array(0);
  #length = 0;

  /** @param scratches where the pixels are put; any code's memory by default */
  constructor(
    output: EncodedOutput,
    codec: { readonly encode: Encoder; readonly bound: Encoding['bound'] },
    scratches: Scratches = HEAP,
  ) {
    const { profile, layout, cog } = output;
    this.#profile = profile;
    this.#layout = layout;
    this.#leaders = cog?.leaders ?? false;
    this.#encode = codec.encode;
    this.#cellBound = cellBound(output, codec.bound);
    this.countsPerCell = tilesPerCell(output);
    this.#planes = planeCount(layout, profile.bands);
    this.#planeBytes = rawTileBytes(output);
    this.#fill = nodataNumber(profile.nodata) ?? 0;
    this.#raw = scratches.open().take(this.#planeBytes * this.#planes);
    this.#mask = new Uint8Array(maskBytesOf(output));
  }

  /** The most bytes that the tiles of so many cells can take. */
  boundOf(cells: number): number {
    return cells * this.#cellBound;
  }

  /** Starts a task whose tiles go into `room`, at least `boundOf(cells)` bytes. */
  start(room: Uint8Array): void {
    this.#out = room;
    this.#length = 0;
  }

  /** Bytes since `start`. */
  get length(): number {
    return this.#length;
  }

  /**
   * The pixels of the next tile, to be filled in by the caller, all of them.
   * @param window the part of the tile that lies in the image; what is beyond is nodata, else 0
   * @returns the pixels, and the mask's bytes, all 0, of `tile.width / 8` a row; empty without a mask
   */
  begin(window: Window): { readonly pixels: Pixels; readonly mask: Uint8Array } {
    const { tile, interleave } = this.#layout;
    const { bands, dtype } = this.#profile;
    const whole = pixelsOver(this.#samples(dtype), tile, bands, interleave);
    if (window.width < tile.width || window.height < tile.height) fillPixels(whole, this.#fill);
    this.#mask.fill(0);
    return { pixels: crop(whole, window, window), mask: this.#mask };
  }

  /**
   * Encodes the tile.
   * @param byteCounts receives its `countsPerCell` byte counts from `at` on; 0: left out
   * @param checksums receives as many CRC-32s of what is encoded, as `BlockDecoder.decodeStored` gives it back; 0: left out
   */
  end(byteCounts: Uint32Array, at: number, checksums?: Uint32Array): void {
    const { predictor } = this.#layout;
    const { bytes } = DTYPES[this.#profile.dtype];
    const bands = bandsPerBlock(this.#layout, this.#profile.bands);
    const rowSamples = this.#layout.tile.width * bands;
    for (let plane = 0; plane < this.#planes; plane++) {
      const raw = this.#raw.subarray(plane * this.#planeBytes, (plane + 1) * this.#planeBytes);
      if (this.#layout.sparse && this.#isEmpty(plane)) {
        byteCounts[at + plane] = 0;
        if (checksums !== undefined) checksums[at + plane] = 0;
        continue;
      }
      if (isPacked64(this.#profile.dtype)) {
        packIntegers64(new Float64Array(raw.buffer, raw.byteOffset, raw.length / 8), this.#profile.dtype);
      }
      if (checksums !== undefined) checksums[at + plane] = crc32(raw);
      applyPredictor(raw, { predictor, bytes, bands, rowSamples });
      byteCounts[at + plane] = this.#append(raw);
    }
    if (this.#profile.mask) {
      const isEmpty = this.#layout.sparse && this.#mask.every((byte) => byte === 0);
      byteCounts[at + this.#planes] = isEmpty ? 0 : this.#append(this.#mask);
      if (checksums !== undefined) checksums[at + this.#planes] = isEmpty ? 0 : crc32(this.#mask);
    }
  }

  /** With leaders, between its size and its last bytes; these are not counted. */
  #append(raw: Uint8Array): number {
    const start = this.#length + (this.#leaders ? LEADER_BYTES : 0);
    const count = this.#encode(raw, this.#out.subarray(start), raw.length / this.#layout.tile.height);
    this.#length = start + count;
    if (this.#leaders) {
      new DataView(this.#out.buffer, this.#out.byteOffset).setUint32(start - LEADER_BYTES, count, true);
      this.#out.copyWithin(this.#length, this.#length - TRAILER_BYTES, this.#length);
      this.#length += TRAILER_BYTES;
    }
    return count;
  }

  /** Whether a plane is nothing but nodata, or zeros where there is no nodata value. */
  #isEmpty(plane: number): boolean {
    const samples = this.#samples(this.#profile.dtype);
    const length = samples.length / this.#planes;
    const fill = this.#fill;
    for (let i = plane * length; i < (plane + 1) * length; i++) {
      const value = samples[i];
      if (value !== fill && !(Number.isNaN(fill) && Number.isNaN(value))) return false;
    }
    return true;
  }

  #samples(dtype: DType): Samples {
    return DTYPES[dtype].over(this.#raw.buffer, this.#raw.byteOffset, this.#raw.length / DTYPES[dtype].bytes);
  }
}
