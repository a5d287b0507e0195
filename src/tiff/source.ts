import { FormatError, UsageError } from '../errors.js';
import type { ByteSource } from '../io/byte-source.js';
import { DTYPES } from '../raster/dtype.js';
import type { Size } from '../raster/window.js';
import { readCarriedTags } from './carried-tags.js';
import { readHeader, readNumbers, readText, type TiffHeader } from './ifd.js';
import { describeImage, type TiffImage } from './image.js';
import { type CarriedTag, TAG } from './tags.js';

/** An opened TIFF: the image that is processed, and what belongs to it. */
export interface TiffSource {
  readonly header: TiffHeader;
  /** The image's directory, by its number in the file. */
  readonly directory: number;
  readonly image: TiffImage;
  /** The mask of the image. */
  readonly mask: { readonly directory: number; readonly image: TiffImage } | null;
  /** What else the file holds, in numbers. */
  readonly pages: number;
  readonly overviews: number;
}

/** What goes from the input's file to the output's, as plain JSON. */
export interface CarriedContent {
  readonly photometric: number;
  readonly tags: readonly CarriedTag[];
  /** The text of GDAL's metadata tag, whole. */
  readonly metadata: string | null;
}

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
  if (pages.length === 0) throw new FormatError(`${source.name}: damaged: it has overviews or masks but no full image`);
  if (page > pages.length) throw new UsageError(`--page ${page}: ${source.name} has ${pages.length}`);
  const directory = pages[page - 1];
  const image = await describeImage(source, header.directories[directory], header.little);
  const { width, height, bands, dtype } = image.profile;
  if (!Number.isSafeInteger(width * height * bands * DTYPES[dtype].bytes)) {
    throw new FormatError(`${source.name}: damaged: ${width} x ${height} pixels of ${bands} bands`);
  }
  const own = [...roles.keys()].filter((number) => number > directory && number < (pages[page] ?? Infinity));
  const mask = await findMask(source, header, own.filter((number) => roles[number] === 'mask'), image.profile);
  return { header, directory, image, mask, pages: pages.length, overviews: own.filter((n) => roles[n] === 'overview').length };
}

async function roleOf(source: ByteSource, { directories, little }: TiffHeader, number: number): Promise<Role> {
  const field = directories[number].fields.get(TAG.NewSubfileType);
  const type = field === undefined ? 0 : (await readNumbers(source, field, little))[0];
  const isReduced = (type & 1) !== 0;
  const isMask = (type & 4) !== 0;
  if (isMask) return isReduced ? 'overview mask' : 'mask';
  return isReduced ? 'overview' : 'page';
}

async function findMask(
  source: ByteSource,
  { directories, little }: TiffHeader,
  candidates: readonly number[],
  size: Size,
): Promise<TiffSource['mask']> {
  for (const directory of candidates) {
    const image = await describeImage(source, directories[directory], little);
    const { width, height } = image.profile;
    if (width === size.width && height === size.height) return { directory, image };
  }
  return null;
}

/** What the output keeps of the input's directory. */
export async function readCarriedContent(source: ByteSource, { header, image }: TiffSource): Promise<CarriedContent> {
  const field = image.directory.fields.get(TAG.GdalMetadata);
  return {
    photometric: image.photometric,
    tags: await readCarriedTags(source, image.directory, header.little),
    metadata: field === undefined ? null : await readText(source, field),
  };
}

/** What a user should know of how the file is taken. */
export function sourceWarnings(source: ByteSource, { header, image, pages }: TiffSource, page: number): string[] {
  const warnings: string[] = [];
  if (header.brokenEnd !== null) warnings.push(`${header.brokenEnd}; what comes before it is used`);
  if (pages > 1 && page === 1) warnings.push(`${source.name}: has ${pages} pages, the first is used; --page takes another`);
  if (image.palette) warnings.push(`${source.name}: its colour table is dropped, the indexes are taken as values`);
  return warnings;
}
