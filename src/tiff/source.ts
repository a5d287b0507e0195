import { FormatError, UnsupportedError, UsageError } from '../errors.js';
import type { ByteSource } from '../io/byte-source.js';
import { DTYPES } from '../raster/dtype.js';
import type { Size } from '../raster/window.js';
import { readCarriedTags } from './carried-tags.js';
import { nodataTuple, readMetadata } from './gdal-metadata.js';
import { readHeader, readNumbers, readText, type TiffHeader } from './ifd.js';
import { describeImage, type TiffImage } from './image.js';
import { shellWord } from './shell-word.js';
import { type CarriedTag, TAG } from './tags.js';

/** An opened TIFF: the image that is processed, and what belongs to it. */
export interface TiffSource {
  readonly header: TiffHeader;
  /** The image's directory, by its number in the file. */
  readonly directory: number;
  readonly image: TiffImage;
  /** The mask of the image. */
  readonly mask: { readonly directory: number; readonly image: TiffImage } | null;
  /** How many full images the file holds. */
  readonly pages: number;
  /** What samples are, band by band, in pixels that are invalid in all bands; null: nothing is said of that. */
  readonly nodataTuple: readonly number[] | null;
  /** The image's overviews. */
  readonly overviews: readonly Overview[];
}

/** An image of the same scene in fewer pixels, by its directories' numbers in the file. */
export interface Overview extends Size {
  readonly directory: number;
  /** Its own mask's; null: it has none. */
  readonly mask: number | null;
}

/** What goes from the input's file to the output's, as plain JSON. */
export interface CarriedContent {
  readonly photometric: number;
  /** Whether the bands are of the colours that the file names. */
  readonly keepsColours: boolean;
  readonly tags: readonly CarriedTag[];
  /** The text of GDAL's metadata tag, whole. */
  readonly metadata: string | null;
}

/** Decoded to the red, green and blue that GDAL names such bands. */
const YCBCR = 6;

/** What a directory is, by its NewSubfileType. */
type Role = 'page' | 'overview' | 'mask' | 'overview mask';

/**
 * Reads the header, the directories and what a page says of itself. No pixels.
 * @param page which of the full images, from 1
 * @throws FormatError, UnsupportedError; UsageError where there is no such page
 */
export async function openTiff(source: ByteSource, { page }: { readonly page: number }): Promise<TiffSource> {
  const header = await readHeader(source);
  const roles = await Promise.all(header.directories.map((_, number) => roleOf(source, header, number)));
  const pages = [...roles.keys()].filter((number) => roles[number] === 'page');
  // As in GDAL, the first image is one whatever it calls itself, where there is no other.
  if (pages.length === 0) pages.push(0);
  if (page > pages.length) throw new UsageError(`--page ${page}: ${source.name} has ${pages.length}`);
  const directory = pages[page - 1];
  const image = await describeImage(source, header.directories[directory], header.little);
  const { width, height, bands, dtype } = image.profile;
  if (!Number.isSafeInteger(width * height * bands * DTYPES[dtype].bytes)) {
    throw new FormatError(`${source.name}: damaged: ${width} x ${height} pixels of ${bands} bands`);
  }
  const own = [...roles.keys()].filter((number) => number > directory && number < (pages[page] ?? Infinity));
  const mask = await findMask(source, header, own.filter((number) => roles[number] === 'mask'), image.profile);
  const overviews = await findOverviews(source, header, own, roles);
  const metadata = image.directory.fields.get(TAG.GdalMetadata);
  const items = metadata === undefined ? [] : readMetadata(await readText(source, metadata));
  return { header, directory, image, mask, pages: pages.length, overviews, nodataTuple: nodataTuple(items, image.profile.bands) };
}

async function roleOf(source: ByteSource, { directories, little }: TiffHeader, number: number): Promise<Role> {
  const field = directories[number].fields.get(TAG.NewSubfileType);
  const type = field === undefined ? 0 : (await readNumbers(source, field, little))[0];
  const isReduced = (type & 1) !== 0;
  const isMask = (type & 4) !== 0;
  if (isMask) return isReduced ? 'overview mask' : 'mask';
  return isReduced ? 'overview' : 'page';
}

async function sizeOf(source: ByteSource, { directories, little }: TiffHeader, number: number): Promise<Size> {
  const read = async (tag: number): Promise<number> => {
    const field = directories[number].fields.get(tag);
    return field === undefined ? 0 : (await readNumbers(source, field, little))[0];
  };
  return { width: await read(TAG.ImageWidth), height: await read(TAG.ImageLength) };
}

/** The images in a file, masks left out: of one that holds another's overviews. */
export async function readImages(source: ByteSource): Promise<{ readonly header: TiffHeader; readonly overviews: readonly Overview[] }> {
  const header = await readHeader(source);
  const numbers = [...header.directories.keys()];
  const roles = await Promise.all(numbers.map((number) => roleOf(source, header, number)));
  const seen = roles.map((role) => (role === 'page' ? 'overview' : role));
  return { header, overviews: await findOverviews(source, header, numbers, seen) };
}

/** The overviews among some directories, each with the mask of its size. */
async function findOverviews(source: ByteSource, header: TiffHeader, numbers: readonly number[], roles: readonly Role[]): Promise<Overview[]> {
  const sized = await Promise.all(numbers.map(async (number) => ({ number, role: roles[number], size: await sizeOf(source, header, number) })));
  const masks = sized.filter(({ role }) => role === 'overview mask');
  return sized
    .filter(({ role }) => role === 'overview')
    .map(({ number, size }) => {
      const mask = masks.find((each) => each.size.width === size.width && each.size.height === size.height);
      return { ...size, directory: number, mask: mask?.number ?? null };
    });
}

/**
 * The raster as one of its overviews has it.
 * @param source the file that holds the overview, with its own header
 * @throws FormatError, UnsupportedError; also where it does not say which pixels are valid as the raster does
 */
export async function describeOverview(source: ByteSource, header: TiffHeader, overview: Overview, tiff: TiffSource): Promise<TiffSource> {
  const image = await describeImage(source, header.directories[overview.directory], header.little);
  const { bands, dtype, nodata, alpha } = tiff.image.profile;
  if (image.profile.bands !== bands || image.profile.dtype !== dtype) {
    throw new FormatError(`${source.name}: damaged: an overview of ${image.profile.bands} ${image.profile.dtype} bands, wanted ${bands} of ${dtype}`);
  }
  const mask = overview.mask === null ? null : { directory: overview.mask, image: await describeImage(source, header.directories[overview.mask], header.little) };
  if (tiff.mask !== null && mask === null) throw new UnsupportedError(`${source.name}: an overview without the mask that the raster has is not supported`);
  return { ...tiff, header, directory: overview.directory, image: { ...image, profile: { ...image.profile, nodata, alpha } }, mask: tiff.mask && mask };
}

async function findMask(
  source: ByteSource,
  { directories, little }: TiffHeader,
  candidates: readonly number[],
  size: Size,
): Promise<TiffSource['mask']> {
  for (const directory of candidates) {
    const image = await describeImage(source, directories[directory], little);
    const { width, height, bands } = image.profile;
    if (width !== size.width || height !== size.height) continue;
    if (bands === 1) return { directory, image };
    throw new UnsupportedError(
      `${source.name}: a mask of ${bands} bands, which says for each band which pixels are valid, is not supported, ` +
        `take the first band's for all with: gdal_translate -mask 1 ${shellWord(source.name)} converted.tif`,
    );
  }
  return null;
}

/** What the output keeps of the input's directory. */
export async function readCarriedContent(source: ByteSource, { header, image }: TiffSource): Promise<CarriedContent> {
  const field = image.directory.fields.get(TAG.GdalMetadata);
  return {
    photometric: image.photometric,
    keepsColours: image.photometric === image.layout.photometric || image.layout.photometric === YCBCR,
    tags: await readCarriedTags(source, image.directory, header.little),
    metadata: field === undefined ? null : await readText(source, field),
  };
}

/**
 * The colours of an image whose pixels are indexes, 0..255.
 * @throws UsageError where it has none, FormatError where the table is too short for its samples
 */
export async function readColourTable(
  source: ByteSource,
  { header, image }: TiffSource,
): Promise<readonly (readonly [number, number, number])[]> {
  const field = image.directory.fields.get(TAG.ColorMap);
  if (!image.palette || field === undefined) throw new UsageError(`--expand rgb: ${source.name} has no colour table`);
  const values = await readNumbers(source, field, header.little);
  const { bits, kind } = image.layout.sample;
  if (image.profile.bands !== 1 || kind !== 'uint' || bits > 16) {
    throw new UnsupportedError(
      `${source.name}: a colour table over ${image.profile.bands} bands of ${bits}-bit ${kind} samples is not supported, convert with: ` +
        `gdal_translate -expand rgba ${shellWord(source.name)} converted.tif`,
    );
  }
  const count = 2 ** bits;
  if (values.length < 3 * count) {
    throw new FormatError(`${source.name}: damaged: its colour table has ${values.length} values, wanted ${3 * count}`);
  }
  // TIFF counts colours to 65535; some writers to 255, and libtiff too takes a table without larger values as such.
  const divisor = values.some((value) => value > 255) ? 257 : 1;
  const colour = (index: number, plane: number): number => Math.floor(values[plane * count + index] / divisor);
  return Array.from({ length: count }, (_, i) => [colour(i, 0), colour(i, 1), colour(i, 2)] as const);
}

/** What a user should know of how the file is taken. @param page the one that the user chose; undefined: none, so that it is the first */
export function sourceWarnings(
  source: ByteSource,
  { header, image, pages }: TiffSource,
  { page, expands }: { readonly page: number | undefined; readonly expands: boolean },
): string[] {
  const warnings: string[] = [];
  if (header.brokenEnd !== null) warnings.push(`${header.brokenEnd}; what comes before it is used`);
  if (pages > 1 && page === undefined) warnings.push(`${source.name}: has ${pages} pages, the first is used; --page takes another`);
  if (image.palette && !expands) warnings.push(`${source.name}: its colour table is dropped, the indexes are taken as values; --expand rgb looks them up`);
  return warnings;
}
