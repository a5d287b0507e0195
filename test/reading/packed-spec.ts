import type { TiffSpec } from '../../fixtures/tiff-spec.js';

/** A sample type that the writer of fixtures has not: its samples are handed to it as bytes. */
export interface PackedType {
  readonly name: string;
  readonly bits: number;
  /** SampleFormat. */
  readonly format: 1 | 2 | 3;
  /** The bits of a value, as a whole number. */
  readonly word: (value: number) => bigint;
}

const whole = (value: number): bigint => BigInt(value);

/** Whole numbers from 0 to 15 as a binary float: what the samples here are made of. */
function floatWord(value: number, exponentBits: number, fractionBits: number): bigint {
  if (value === 0) return 0n;
  const exponent = Math.floor(Math.log2(value));
  const bias = 2 ** (exponentBits - 1) - 1;
  return (BigInt(exponent + bias) << BigInt(fractionBits)) | BigInt((value / 2 ** exponent - 1) * 2 ** fractionBits);
}

const ODD_DEPTHS: readonly PackedType[] = Array.from({ length: 31 }, (_, i) => i + 1)
  .filter((bits) => bits !== 8 && bits !== 16)
  .map((bits) => ({ name: `${bits}-bit unsigned`, bits, format: 1, word: whole }));

export const PACKED_TYPES: readonly PackedType[] = [
  ...ODD_DEPTHS,
  { name: 'uint64', bits: 64, format: 1, word: whole },
  { name: 'int64', bits: 64, format: 2, word: whole },
  { name: 'float16', bits: 16, format: 3, word: (value) => floatWord(value, 5, 10) },
  { name: 'float24', bits: 24, format: 3, word: (value) => floatWord(value, 7, 16) },
];

/**
 * The spec of a file with samples of the type: rows of bytes for the writer, and tags that say what they are. Values
 * are whole, from 0 to 15 and below 2^bits.
 */
export function packedSpec(scene: TiffSpec, { bits, format, word }: PackedType): TiffSpec {
  const rowBytes = Math.ceil((scene.width * bits) / 8);
  const isFlipped = scene.byteOrder !== 'big' && (bits === 64 || (bits % 8 === 0 && format === 3));
  const rows = Array.from({ length: scene.height }, (_, row) => {
    const words = Array.from({ length: scene.width }, (_unused, col) => {
      const text = word(scene.pixel(0, row, col)).toString(2).padStart(bits, '0');
      return isFlipped ? text.match(/.{8}/g)!.reverse().join('') : text;
    });
    return words.join('').padEnd(rowBytes * 8, '0');
  });
  return {
    ...scene,
    width: rowBytes,
    dtype: 'uint8',
    pixel: (_band, row, byte) => Number.parseInt(rows[row].slice(byte * 8, byte * 8 + 8), 2),
    extraTags: [
      { tag: 256, type: 'LONG', values: [scene.width] },
      { tag: 258, type: 'SHORT', values: [bits] },
      { tag: 339, type: 'SHORT', values: [format] },
    ],
  };
}
