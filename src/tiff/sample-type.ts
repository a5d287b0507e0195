import { FormatError, UnsupportedError } from '../errors.js';
import { type DType, DTYPES, isPacked64 } from '../raster/dtype.js';
import { shellWord } from './shell-word.js';

/** How the file stores a sample, as plain JSON; `dtype` is the type that holds it once it is unpacked. */
export interface StoredSample {
  /** 1 to 64. Rows start at a whole byte. */
  readonly bits: number;
  readonly kind: 'uint' | 'int' | 'float';
}

export interface SampleType {
  readonly dtype: DType;
  readonly stored: StoredSample;
}

const KINDS: Readonly<Record<number, StoredSample['kind']>> = { 1: 'uint', 2: 'int', 3: 'float', 4: 'uint' };

/**
 * The sample type of BitsPerSample and SampleFormat, one value for all bands or one a band.
 * @throws UnsupportedError for types that rastq does not process, FormatError for ones that cannot be
 */
export function sampleType(name: string, bands: number, bitsOfBands: readonly number[], formats: readonly number[]): SampleType {
  const [bits] = bitsOfBands;
  const [format] = formats;
  const isKnown = format in KINDS || format === 5 || format === 6;
  if (!(bits >= 1 && bits <= 128) || !isKnown) {
    throw new FormatError(`${name}: damaged: samples of ${bits} bits in format ${format}`);
  }
  if (bitsOfBands.some((b) => b !== bits) || formats.some((f) => f !== format)) {
    throw new UnsupportedError(
      `${name}: bands of mixed types (${bitsOfBands.join(', ')} bits) are not supported, convert with: ` +
        `gdal_translate -ot Float64 ${shellWord(name)} converted.tif`,
    );
  }
  if (!(format in KINDS)) {
    throw new UnsupportedError(
      `${name}: complex samples are not supported, take the magnitude with: ` +
        `gdal_calc.py -A ${shellWord(name)} --calc "abs(A)" ${bands > 1 ? '--allBands=A ' : ''}--type Float32 --outfile converted.tif`,
    );
  }
  const stored = { bits, kind: KINDS[format] };
  const dtype = holderOf(stored);
  if (dtype !== undefined) return { dtype, stored };
  throw new UnsupportedError(
    `${name}: ${bits}-bit ${stored.kind} samples are not supported, convert with: gdal_translate -ot Float64 ${shellWord(name)} converted.tif`,
  );
}

/** The smallest type that holds the samples; undefined: none does. */
function holderOf({ bits, kind }: StoredSample): DType | undefined {
  if (kind === 'float') return ({ 16: 'float32', 24: 'float32', 32: 'float32', 64: 'float64' } as const)[bits];
  if (kind === 'int') return ({ 8: 'int8', 16: 'int16', 32: 'int32', 64: 'int64' } as const)[bits];
  if (bits === 64) return 'uint64';
  return bits <= 8 ? 'uint8' : bits <= 16 ? 'uint16' : bits <= 32 ? 'uint32' : undefined;
}

/** Whether stored samples are those of the type, apart from the byte order. */
export function isStoredAs(stored: StoredSample, dtype: DType): boolean {
  return stored.bits === DTYPES[dtype].bytes * 8 && !isPacked64(dtype);
}

/** Bytes of one row of a block. */
export function storedRowBytes({ bits }: StoredSample, rowSamples: number): number {
  return Math.ceil((rowSamples * bits) / 8);
}
