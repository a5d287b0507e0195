/** TIFF tag numbers and field types: TIFF 6.0, BigTIFF, GeoTIFF 1.1, and GDAL's private tags. */

export const TAG = {
  NewSubfileType: 254,
  SubfileType: 255,
  ImageWidth: 256,
  ImageLength: 257,
  BitsPerSample: 258,
  Compression: 259,
  Photometric: 262,
  FillOrder: 266,
  ImageDescription: 270,
  StripOffsets: 273,
  Orientation: 274,
  SamplesPerPixel: 277,
  RowsPerStrip: 278,
  StripByteCounts: 279,
  MinSampleValue: 280,
  MaxSampleValue: 281,
  PlanarConfiguration: 284,
  FreeOffsets: 288,
  FreeByteCounts: 289,
  Predictor: 317,
  ColorMap: 320,
  TileWidth: 322,
  TileLength: 323,
  TileOffsets: 324,
  TileByteCounts: 325,
  SubIFDs: 330,
  InkSet: 332,
  ExtraSamples: 338,
  SampleFormat: 339,
  SMinSampleValue: 340,
  SMaxSampleValue: 341,
  JPEGTables: 347,
  YCbCrCoefficients: 529,
  YCbCrSubSampling: 530,
  YCbCrPositioning: 531,
  ReferenceBlackWhite: 532,
  ExifIFD: 34665,
  GpsIFD: 34853,
  InteroperabilityIFD: 40965,
  GdalMetadata: 42112,
  GdalNodata: 42113,
  LercParameters: 50674,
} as const;

export const FIELD = {
  BYTE: 1,
  ASCII: 2,
  SHORT: 3,
  LONG: 4,
  RATIONAL: 5,
  DOUBLE: 12,
  IFD: 13,
  LONG8: 16,
  IFD8: 18,
} as const;

/** How one value of a field type lies in a file: its bytes, and the size of the units that byte order turns round. */
export interface FieldType {
  readonly bytes: number;
  readonly unit: 1 | 2 | 4 | 8;
  readonly read: ((view: DataView, at: number, little: boolean) => number) | null;
}

const u8 = (v: DataView, at: number): number => v.getUint8(at);
const i8 = (v: DataView, at: number): number => v.getInt8(at);
const u16 = (v: DataView, at: number, le: boolean): number => v.getUint16(at, le);
const i16 = (v: DataView, at: number, le: boolean): number => v.getInt16(at, le);
const u32 = (v: DataView, at: number, le: boolean): number => v.getUint32(at, le);
const i32 = (v: DataView, at: number, le: boolean): number => v.getInt32(at, le);
const f32 = (v: DataView, at: number, le: boolean): number => v.getFloat32(at, le);
const f64 = (v: DataView, at: number, le: boolean): number => v.getFloat64(at, le);
const u64 = (v: DataView, at: number, le: boolean): number => Number(v.getBigUint64(at, le));
const i64 = (v: DataView, at: number, le: boolean): number => Number(v.getBigInt64(at, le));

/** Field types by their number. 64-bit integers come out as doubles: exact up to 2^53, more than any file holds. */
export const FIELD_TYPES: ReadonlyMap<number, FieldType> = new Map<number, FieldType>([
  [1, { bytes: 1, unit: 1, read: u8 }],
  [2, { bytes: 1, unit: 1, read: u8 }],
  [3, { bytes: 2, unit: 2, read: u16 }],
  [4, { bytes: 4, unit: 4, read: u32 }],
  [5, { bytes: 8, unit: 4, read: null }],
  [6, { bytes: 1, unit: 1, read: i8 }],
  [7, { bytes: 1, unit: 1, read: u8 }],
  [8, { bytes: 2, unit: 2, read: i16 }],
  [9, { bytes: 4, unit: 4, read: i32 }],
  [10, { bytes: 8, unit: 4, read: null }],
  [11, { bytes: 4, unit: 4, read: f32 }],
  [12, { bytes: 8, unit: 8, read: f64 }],
  [13, { bytes: 4, unit: 4, read: u32 }],
  [16, { bytes: 8, unit: 8, read: u64 }],
  [17, { bytes: 8, unit: 8, read: i64 }],
  [18, { bytes: 8, unit: 8, read: u64 }],
]);

/** A tag whose value goes from the input to the output unchanged, as plain JSON. */
export interface CarriedTag {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** The value's bytes in little-endian order, base64: doubles cross JSON to the last bit. */
  readonly bytes: string;
}
