import { type Codec, DecodeError, UndecodableError } from '../codecs/codec.js';
import { FormatError, UnsupportedError } from '../errors.js';
import type { ByteSource } from '../io/byte-source.js';
import { gridRows } from '../raster/grid.js';
import { blockGrid, blockIndex, blockRowBytes, conversionOf, encodedImage, planeCount, storedRows } from './block-layout.js';
import type { Field } from './ifd.js';
import type { TiffImage } from './image.js';
import { shellWord } from './shell-word.js';
import { FIELD_TYPES } from './tags.js';
import { LARGEST_TILE_BYTES } from './tile-layout.js';

/** A block of the input: its plane (0 where bands are stored together), grid column and grid row. */
export interface BlockAt {
  readonly plane: number;
  readonly col: number;
  readonly row: number;
}

/** Bytes of a file. A length of 0: the block is not stored (sparse). */
export interface ByteRange {
  readonly position: number;
  readonly length: number;
}

/** Blocks larger than any that is written here are only taken from files that spend some bytes on them. */
const LARGE_BLOCK_RATIO = 200;
const CHECKED_BLOCKS = 64;
/** As much of a block as is looked at before work begins: its headers. */
const INSPECTED_BYTES = 2 ** 20;
const CHUNK = 8192;
const CHUNKS_KEPT = 64;

/**
 * Where the blocks of an image lie. The index arrays, tens of MB in a huge raster, are read in chunks of 8,192 values
 * when they are needed, and at most 64 chunks of each are kept.
 */
export class BlockIndex {
  readonly #source: ByteSource;
  readonly #image: TiffImage;
  readonly #offsets: Values;
  readonly #byteCounts: Values | undefined;

  constructor(source: ByteSource, image: TiffImage, little: boolean) {
    this.#source = source;
    this.#image = image;
    this.#offsets = new Values(source, image.offsets, little);
    this.#byteCounts = image.byteCounts && new Values(source, image.byteCounts, little);
  }

  /**
   * The bytes of a block.
   * @throws FormatError where they reach beyond the file, UnsupportedError where they look like a decompression bomb
   */
  async locate(at: BlockAt): Promise<ByteRange> {
    const { profile, layout, stored } = this.#image;
    const grid = blockGrid(profile, layout);
    const rowBytes = blockRowBytes(layout, profile.bands);
    const rawBytes = storedRows(grid, layout, at.row) * rowBytes;
    const storedRow = Math.floor((at.row * layout.block.height) / stored.height);
    const index = blockIndex({ image: profile, cell: stored }, { plane: at.plane, col: at.col, row: storedRow });
    const position = await this.#offsets.at(index);
    const skip = (at.row * layout.block.height - storedRow * stored.height) * rowBytes;
    const stated = await this.#byteCounts?.at(index);
    // As in libtiff, 0 bytes of the only block are a mistake; of one of many they say that it is not stored.
    const isOnly = stored.height >= profile.height && stored.width >= profile.width && planeCount(layout, profile.bands) === 1;
    if (stated === 0 && (layout.codec !== 'none' || !isOnly || position === 0)) return { position: 0, length: 0 };
    // The image says how long its uncompressed blocks are. libtiff too goes by that, for many writers get the count wrong.
    const length = layout.codec === 'none' ? skip + rawBytes : stated!;
    const end = position + length;
    if (rawBytes > LARGEST_TILE_BYTES && length * LARGE_BLOCK_RATIO < rawBytes) {
      throw new UnsupportedError(
        `${this.#source.name}: a block of ${Math.ceil(rawBytes / 2 ** 20)} MiB from ${length} bytes looks like a decompression bomb; ` +
          `if it is none, convert with: gdal_translate -co TILED=YES ${shellWord(this.#source.name)} converted.tif`,
      );
    }
    if (position < 8 || end > this.#source.size) {
      throw this.#damaged(at, `its bytes ${position}..${end} lie outside the file's ${this.#source.size}`);
    }
    return layout.codec === 'none' ? { position: position + skip, length: rawBytes } : { position, length };
  }

  /**
   * Looks at the first blocks: whether they can hold the pixels the directory promises, so that a size that is made up
   * is noticed before memory is taken for it; and whether the first one is of a kind that is decoded.
   * @throws FormatError, UnsupportedError
   */
  async checkStart({ maxRatio, inspect }: Pick<Codec, 'maxRatio' | 'inspect'>): Promise<void> {
    const { profile, layout } = this.#image;
    const grid = blockGrid(profile, layout);
    const rowBytes = blockRowBytes(layout, profile.bands);
    let start = new Uint8Array(0);
    for (let i = 0; i < Math.min(CHECKED_BLOCKS, gridRows(grid)); i++) {
      const at = { plane: 0, col: 0, row: i };
      const { position, length } = await this.locate(at);
      const rawBytes = storedRows(grid, layout, i) * rowBytes;
      if (length > 0 && length * maxRatio < rawBytes) throw this.#damaged(at, `its ${length} bytes cannot hold ${rawBytes} bytes of pixels`);
      if (inspect === undefined || start.length > 0) continue;
      start = new Uint8Array(Math.min(length, INSPECTED_BYTES));
      await this.#source.read(position, start);
    }
    try {
      inspect?.(encodedImage(layout, profile.bands), start);
    } catch (cause) {
      if (cause instanceof UndecodableError) {
        throw new UnsupportedError(`${this.#source.name}: ${cause.message}, ${conversionOf(this.#source.name)}`, { cause });
      }
      // Where in the file the damage is, the run will tell.
      if (!(cause instanceof DecodeError)) throw cause;
    }
  }

  #damaged({ plane, col, row }: BlockAt, what: string): FormatError {
    const band = this.#image.layout.interleave === 'band' ? ` of band ${plane + 1}` : '';
    return new FormatError(`${this.#source.name}: damaged: block at column ${col}, row ${row}${band}: ${what}`);
  }
}

class Values {
  readonly #source: ByteSource;
  readonly #field: Field;
  readonly #little: boolean;
  readonly #chunks = new Map<number, Float64Array>();

  constructor(source: ByteSource, field: Field, little: boolean) {
    this.#source = source;
    this.#field = field;
    this.#little = little;
  }

  async at(index: number): Promise<number> {
    const number = Math.floor(index / CHUNK);
    const chunk = this.#chunks.get(number) ?? (await this.#load(number));
    const value = chunk[index - number * CHUNK];
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new FormatError(`${this.#source.name}: damaged: value ${index} of tag ${this.#field.tag} is ${value}, wanted a position or length`);
    }
    return value;
  }

  async #load(number: number): Promise<Float64Array> {
    const { type, count, position, tag } = this.#field;
    const { bytes, read } = FIELD_TYPES.get(type)!;
    if (read === null) throw new FormatError(`${this.#source.name}: damaged: tag ${tag} is of field type ${type}`);
    const start = number * CHUNK;
    const data = new Uint8Array(Math.min(CHUNK, count - start) * bytes);
    await this.#source.read(position + start * bytes, data);
    const view = new DataView(data.buffer);
    const chunk = Float64Array.from({ length: data.length / bytes }, (_, i) => read(view, i * bytes, this.#little));
    if (this.#chunks.size === CHUNKS_KEPT) this.#chunks.delete(this.#chunks.keys().next().value!);
    this.#chunks.set(number, chunk);
    return chunk;
  }
}
