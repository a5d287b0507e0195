import { type ByteSource } from '../io/byte-source.js';
import { readFieldBytes, type Directory, type Field } from './ifd.js';
import { type CarriedTag, FIELD, FIELD_TYPES, TAG } from './tags.js';

/**
 * Tags that say how the input's pixels are stored or summarise their values, so that they would be false in the
 * output, or that hold positions in the input file.
 */
const NOT_CARRIED: ReadonlySet<number> = new Set<number>([
  TAG.NewSubfileType,
  TAG.SubfileType,
  TAG.ImageWidth,
  TAG.ImageLength,
  TAG.BitsPerSample,
  TAG.Compression,
  TAG.Photometric,
  TAG.FillOrder,
  TAG.StripOffsets,
  TAG.SamplesPerPixel,
  TAG.RowsPerStrip,
  TAG.StripByteCounts,
  TAG.MinSampleValue,
  TAG.MaxSampleValue,
  TAG.PlanarConfiguration,
  TAG.FreeOffsets,
  TAG.FreeByteCounts,
  290, // GrayResponseUnit
  291, // GrayResponseCurve
  292, // T4Options
  293, // T6Options
  301, // TransferFunction: a table over the input's sample values
  TAG.Predictor,
  TAG.ColorMap,
  TAG.TileWidth,
  TAG.TileLength,
  TAG.TileOffsets,
  TAG.TileByteCounts,
  TAG.SubIFDs,
  TAG.SampleFormat,
  TAG.SMinSampleValue,
  TAG.SMaxSampleValue,
  TAG.InkSet,
  ...[333, 334, 336, 337], // InkNames, NumberOfInks, DotRange, TargetPrinter
  342, // TransferRange
  TAG.JPEGTables,
  ...[512, 513, 514, 515, 517, 518, 519, 520, 521], // old-style JPEG, mostly positions
  TAG.YCbCrCoefficients,
  TAG.YCbCrSubSampling,
  TAG.YCbCrPositioning,
  TAG.ReferenceBlackWhite,
  559, // StripRowCounts
  37724, // Photoshop's layers, pixels among them
  TAG.ExifIFD,
  TAG.GpsIFD,
  TAG.InteroperabilityIFD,
  TAG.GdalMetadata, // carried apart, item by item
  TAG.GdalNodata,
  TAG.LercParameters,
]);

const POSITION_TYPES: ReadonlySet<number> = new Set<number>([FIELD.IFD, FIELD.IFD8]);

/**
 * The tags that go to the output as they are: georeferencing, orientation, resolution, descriptions, private ones.
 * In ascending order.
 */
export async function readCarriedTags(source: ByteSource, directory: Directory, little: boolean): Promise<CarriedTag[]> {
  const carried: CarriedTag[] = [];
  for (const field of [...directory.fields.values()].sort((a, b) => a.tag - b.tag)) {
    if (NOT_CARRIED.has(field.tag) || POSITION_TYPES.has(field.type) || field.count === 0) continue;
    carried.push(await readCarriedTag(source, field, little));
  }
  return carried;
}

async function readCarriedTag(source: ByteSource, field: Field, little: boolean): Promise<CarriedTag> {
  const bytes = Buffer.from(await readFieldBytes(source, field));
  if (!little) swapUnits(bytes, FIELD_TYPES.get(field.type)!.unit);
  return { tag: field.tag, type: field.type, count: field.count, bytes: bytes.toString('base64') };
}

function swapUnits(bytes: Buffer, unit: 1 | 2 | 4 | 8): void {
  if (unit === 2) bytes.swap16();
  else if (unit === 4) bytes.swap32();
  else if (unit === 8) bytes.swap64();
}
