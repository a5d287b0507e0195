import { type CarriedTag, FIELD } from './tags.js';

/** The tags that GDAL tells of as metadata, by the names it gives them. */
const TEXTS: Readonly<Record<number, string>> = {
  269: 'TIFFTAG_DOCUMENTNAME',
  270: 'TIFFTAG_IMAGEDESCRIPTION',
  305: 'TIFFTAG_SOFTWARE',
  306: 'TIFFTAG_DATETIME',
  315: 'TIFFTAG_ARTIST',
  316: 'TIFFTAG_HOSTCOMPUTER',
  33432: 'TIFFTAG_COPYRIGHT',
};
const RESOLUTIONS: Readonly<Record<number, string>> = { 282: 'TIFFTAG_XRESOLUTION', 283: 'TIFFTAG_YRESOLUTION' };
const RESOLUTION_UNIT = 296;
const UNITS: Readonly<Record<number, string>> = { 1: '1 (unitless)', 2: '2 (pixels/inch)', 3: '3 (pixels/cm)' };

/** What plain TIFF tags say of an image, as GDAL's metadata has it. */
export function tagItems(tags: readonly CarriedTag[]): Record<string, string> {
  const items: Record<string, string> = {};
  for (const { tag, type, count, bytes } of tags) {
    const data = Buffer.from(bytes, 'base64');
    if (tag in TEXTS && type === FIELD.ASCII) {
      const text = data.toString('utf8').split('\0', 1)[0];
      if (text !== '') items[TEXTS[tag]] = text;
    } else if (tag in RESOLUTIONS && type === FIELD.RATIONAL && count === 1) {
      const [over, under] = [data.readUInt32LE(0), data.readUInt32LE(4)];
      // libtiff keeps it as a float; eight digits, as GDAL prints it.
      items[RESOLUTIONS[tag]] = under === 0 ? '0' : String(Number(Math.fround(over / under).toPrecision(8)));
    } else if (tag === RESOLUTION_UNIT && type === FIELD.SHORT && count === 1) {
      items.TIFFTAG_RESOLUTIONUNIT = UNITS[data.readUInt16LE(0)] ?? String(data.readUInt16LE(0));
    }
  }
  return items;
}

/** The values of a tag of 16-bit numbers; empty where the image has none such. */
export function shortValues(tags: readonly CarriedTag[], wanted: number): number[] {
  const found = tags.find(({ tag, type }) => tag === wanted && type === FIELD.SHORT);
  if (found === undefined) return [];
  const data = Buffer.from(found.bytes, 'base64');
  return Array.from({ length: found.count }, (_, i) => data.readUInt16LE(i * 2));
}
