import { FormatError, UnsupportedError } from '../errors.js';
import type { ByteSource } from '../io/byte-source.js';
import { DTYPES } from '../raster/dtype.js';
import { readCarriedTags } from './carried-tags.js';
import { readHeader, readText, type TiffHeader } from './ifd.js';
import { describeImage, sortPages, type TiffImage } from './image.js';
import { type CarriedTag, TAG } from './tags.js';

/** An opened TIFF: the image that is processed, and what of its file goes to the output. */
export interface TiffSource {
  readonly header: TiffHeader;
  readonly image: TiffImage;
}

/** What goes from the input's file to the output's, as plain JSON. */
export interface CarriedContent {
  readonly photometric: number;
  readonly tags: readonly CarriedTag[];
  /** The text of GDAL's metadata tag, whole. */
  readonly metadata: string | null;
}

/**
 * Reads the header, the directories and what the first full page says of itself. No pixels.
 * @throws FormatError, UnsupportedError
 */
export async function openTiff(source: ByteSource): Promise<TiffSource> {
  const header = await readHeader(source);
  const pages = await sortPages(source, header);
  const [directory] = pages.full;
  if (directory === undefined) throw new FormatError(`${source.name}: damaged: it has overviews or masks but no full image`);
  if (pages.full.length > 1) {
    throw new UnsupportedError(
      `${source.name}: ${pages.full.length} pages are not supported, take one with: gdal_translate GTIFF_DIR:1:${source.name} converted.tif`,
    );
  }
  if (pages.masks.length > 0) {
    throw new UnsupportedError(
      `${source.name}: an internal mask is not supported, turn it into a nodata value with: gdalwarp -dstnodata 0 ${source.name} converted.tif`,
    );
  }
  const image = await describeImage(source, directory, header.little);
  const { width, height, bands, dtype } = image.profile;
  if (!Number.isSafeInteger(width * height * bands * DTYPES[dtype].bytes)) {
    throw new FormatError(`${source.name}: damaged: ${width} x ${height} pixels of ${bands} bands`);
  }
  return { header, image };
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
