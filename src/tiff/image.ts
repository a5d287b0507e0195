import { codecByTag } from '../codecs/load.js';
import { FormatError, UnsupportedError } from '../errors.js';
import type { ByteSource } from '../io/byte-source.js';
import { masksByAlpha } from '../raster/alpha.js';
import { DTYPES } from '../raster/dtype.js';
import { type Nodata, parseTagNodata } from '../raster/nodata.js';
import type { Interleave, Predictor, Profile } from '../raster/profile.js';
import type { Size } from '../raster/window.js';
import { bandsPerBlock, type BlockLayout, blockTotal, conversionOf, planeCount } from './block-layout.js';
import { coloursOf } from './colours.js';
import { namesAlpha, readMetadata } from './gdal-metadata.js';
import { type Directory, type Field, readFieldBytes, readNumbers, readText } from './ifd.js';
import { sampleType, type StoredSample, storedRowBytes } from './sample-type.js';
import { TAG } from './tags.js';

/** The most bytes that one block may decode to. A worker holds whole blocks. */
const BLOCK_LIMIT = 1 << 30;
const PIECE_BYTES = 256 * 1024;

const REFUSED_CODECS: Readonly<Record<number, string>> = {
  2: 'CCITT RLE',
  3: 'CCITT T.4 (fax)',
  4: 'CCITT T.6 (fax)',
  6: 'old-style JPEG',
  32766: 'NeXT RLE',
  32771: 'CCITT RLE',
  32809: 'ThunderScan',
  32908: 'PixarFilm',
  32909: 'PixarLog',
  34661: 'JBIG',
  34676: 'SGILog',
  34677: 'SGILog24',
  34712: 'JPEG 2000',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

/** One image of a TIFF file: what it is, how its blocks are made, and where their index arrays lie. */
export interface TiffImage {
  /** Its alpha is the band that would say which pixels are valid, where no nodata value does. */
  readonly profile: Profile;
  readonly layout: BlockLayout;
  /** A block's size as the file has it. Uncompressed strips are read in lower pieces, which `layout` tells of. */
  readonly stored: Size;
  /** The photometric interpretation of the pixels once they are decoded. */
  readonly photometric: number;
  /** Whether the pixels are indexes into a colour table. */
  readonly palette: boolean;
  readonly directory: Directory;
  readonly offsets: Field;
  /** Absent where the file has none, which only uncompressed images may. */
  readonly byteCounts: Field | undefined;
}

/**
 * Reads what a directory says of its image and checks it against itself and the file's size.
 * @throws FormatError where it contradicts itself, UnsupportedError where rastq cannot process it
 */
export async function describeImage(source: ByteSource, directory: Directory, little: boolean): Promise<TiffImage> {
  const { name } = source;
  const numbers = async (tag: number): Promise<number[] | undefined> => {
    const field = directory.fields.get(tag);
    return field === undefined ? undefined : readNumbers(source, field, little);
  };
  const number = async (tag: number, standard: number): Promise<number> => (await numbers(tag))?.[0] ?? standard;

  const image = { width: await number(TAG.ImageWidth, 0), height: await number(TAG.ImageLength, 0) };
  const bands = await number(TAG.SamplesPerPixel, 1);
  if (!isCount(image.width) || !isCount(image.height) || !isCount(bands) || bands > 65535) {
    throw new FormatError(`${name}: damaged: ${image.width} x ${image.height} pixels of ${bands} bands`);
  }
  // Some writers give more values than there are bands.
  const perBand = (values: number[] | undefined, standard: number): number[] => (values ?? [standard]).slice(0, bands);
  const samples = sampleType(
    name,
    bands,
    perBand(await numbers(TAG.BitsPerSample), 1),
    perBand(await numbers(TAG.SampleFormat), 1),
  );
  const configuration = await number(TAG.PlanarConfiguration, 1);
  if (configuration !== 1 && configuration !== 2) {
    throw new FormatError(`${name}: damaged: planar configuration ${configuration}, wanted 1 or 2`);
  }
  const interleave: Interleave = configuration === 2 && bands > 1 ? 'band' : 'pixel';
  const codec = await findCodec(name, await number(TAG.Compression, 1));
  const colours = await coloursOf(name, { bands, sample: samples.stored, codec: codec.name }, numbers);
  const { dtype, stored: sample } = samples;
  const predictor = codec.predicts ? await number(TAG.Predictor, 1) : 1;
  checkPredictor(name, predictor, sample);
  const blocks = await findBlocks(source, directory, image, number);
  const planar = interleave === 'band';
  const rowBytes = storedRowBytes(sample, image.width * (planar ? 1 : bands));
  const layout: BlockLayout = {
    block: codec.name === 'none' && !blocks.padded ? pieceOf(blocks.stored, image, rowBytes) : blocks.stored,
    padded: blocks.padded,
    sample,
    interleave,
    codec: codec.name,
    photometric: await number(TAG.Photometric, 1),
    conversion: colours.conversion,
    jpegTables: await readBase64(source, directory.fields.get(TAG.JPEGTables)),
    lercParameters: (await numbers(TAG.LercParameters)) ?? null,
    predictor: predictor as Predictor,
    byteOrder: little ? 'little' : 'big',
    reversedBits: codec.name !== 'jpeg' && (await number(TAG.FillOrder, 1)) === 2,
  };
  const total = blockTotal({ image, cell: blocks.stored }, planeCount(layout, bands));
  const { offsets, byteCounts } = blocks;
  const nodata = await readNodata(source, directory);
  if (offsets.count < total || (byteCounts !== undefined && byteCounts.count < total)) {
    throw new FormatError(
      `${name}: damaged: ${total} blocks wanted for ${image.width} x ${image.height} pixels, ` +
        `got ${offsets.count} offsets and ${byteCounts?.count ?? 0} byte counts`,
    );
  }
  if (byteCounts === undefined && codec.name !== 'none') {
    throw new FormatError(`${name}: damaged: its compressed blocks have no byte counts`);
  }
  const blockBytes = layout.block.width * layout.block.height * bandsPerBlock(layout, bands) * DTYPES[dtype].bytes;
  if (blockBytes > BLOCK_LIMIT) {
    throw new UnsupportedError(
      `${name}: its blocks are of ${layout.block.width} x ${layout.block.height} pixels, ${Math.ceil(blockBytes / 2 ** 20)} MiB ` +
        `each, wanted at most ${BLOCK_LIMIT / 2 ** 20} MiB, ${conversionOf(name)}`,
    );
  }
  return {
    profile: {
      ...image,
      bands,
      dtype,
      nodata,
      mask: false,
      alpha: colours.conversion !== null ? colours.alpha : await countedAlpha(source, directory, colours.alpha, { bands, dtype }),
      interleave,
      compression: codec.name,
      predictor: predictor as Predictor,
    },
    layout,
    stored: blocks.stored,
    photometric: colours.photometric,
    palette: colours.palette,
    directory,
    offsets,
    byteCounts,
  };
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0 && value <= 0x7fffffff;

async function readBase64(source: ByteSource, field: Field | undefined): Promise<string | null> {
  return field === undefined ? null : Buffer.from(await readFieldBytes(source, field)).toString('base64');
}

/** The alpha band, where it says which pixels are valid: it can, and GDAL's own metadata, which goes before the tag, does not call it anything else. */
async function countedAlpha(
  source: ByteSource,
  directory: Directory,
  tagged: number | null,
  { bands, dtype }: Pick<Profile, 'bands' | 'dtype'>,
): Promise<number | null> {
  const last = bands - 1;
  if (!masksByAlpha({ bands, dtype }, last)) return null;
  const field = directory.fields.get(TAG.GdalMetadata);
  const items = field === undefined ? [] : readMetadata(await readText(source, field));
  const isNamed = namesAlpha(items, last) ?? tagged === last;
  return isNamed ? last : null;
}

async function readNodata(source: ByteSource, directory: Directory): Promise<Nodata> {
  const field = directory.fields.get(TAG.GdalNodata);
  return field === undefined ? null : parseTagNodata(await readText(source, field));
}

async function findCodec(name: string, tag: number): Promise<{ name: string; predicts: boolean }> {
  const codec = await codecByTag(tag);
  if (codec === undefined) {
    const what = REFUSED_CODECS[tag] ?? `of an unknown kind (${tag})`;
    throw new UnsupportedError(
      `${name}: its compression, ${what}, is not supported, ${conversionOf(name)}`,
    );
  }
  // libtiff heeds the predictor tag for the codecs that take one alone; elsewhere it is noise.
  return { name: codec.name, predicts: codec.takesPredictor };
}

function checkPredictor(name: string, predictor: number, { bits, kind }: StoredSample): void {
  if (![1, 2, 3].includes(predictor)) throw new FormatError(`${name}: damaged: predictor ${predictor}, wanted 1, 2 or 3`);
  const isWhole = [8, 16, 32, 64].includes(bits) || (bits === 24 && predictor === 3);
  if ((predictor === 3 && kind !== 'float') || (predictor !== 1 && !isWhole)) {
    throw new FormatError(`${name}: damaged: predictor ${predictor} does not go with ${bits}-bit ${kind} samples`);
  }
}

async function findBlocks(
  source: ByteSource,
  { fields }: Directory,
  image: Size,
  number: (tag: number, standard: number) => Promise<number>,
): Promise<{ stored: Size; padded: boolean; offsets: Field; byteCounts: Field | undefined }> {
  const { name } = source;
  const tiled = fields.has(TAG.TileWidth) || fields.has(TAG.TileLength);
  const offsets = fields.get(tiled ? TAG.TileOffsets : TAG.StripOffsets) ?? (tiled ? fields.get(TAG.StripOffsets) : undefined);
  const byteCounts = fields.get(tiled ? TAG.TileByteCounts : TAG.StripByteCounts) ?? (tiled ? fields.get(TAG.StripByteCounts) : undefined);
  if (offsets === undefined) throw new FormatError(`${name}: damaged: its directory does not say where the pixels lie`);
  const stored = tiled
    ? { width: await number(TAG.TileWidth, 0), height: await number(TAG.TileLength, 0) }
    : { width: image.width, height: Math.min(await number(TAG.RowsPerStrip, image.height), image.height) };
  if (!isCount(stored.width) || !isCount(stored.height)) {
    throw new FormatError(`${name}: damaged: blocks of ${stored.width} x ${stored.height} pixels`);
  }
  return { stored, padded: tiled, offsets, byteCounts };
}

/**
 * The pieces in which uncompressed strips are read: at most PIECE_BYTES, as many rows as divide the strip evenly, or
 * any number where there is one strip only. So a raster in one strip takes no more memory than any other.
 */
function pieceOf(strip: Size, image: Size, rowBytes: number): Size {
  const rows = Math.max(1, Math.floor(PIECE_BYTES / rowBytes));
  if (strip.height <= rows) return strip;
  if (strip.height >= image.height) return { width: strip.width, height: rows };
  let height = rows;
  while (strip.height % height !== 0) height--;
  return { width: strip.width, height };
}
