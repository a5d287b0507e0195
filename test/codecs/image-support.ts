import assert from 'node:assert/strict';
import { DecodeError, type Decoder, type EncodedImage } from '../../src/codecs/codec.js';
import { codecByName } from '../../src/codecs/load.js';
import { flatJpeg, type FlatJpeg } from './image-streams.js';
import { bytesOf, decoded } from './support.js';

/** What the tests of image codecs share. */

const IMAGE: EncodedImage = { width: 16, bands: 1, bits: 8, kind: 'uint', photometric: 1, jpegTables: null, lercParameters: null };

/** @param image what differs from blocks of 16 columns of one band of bytes */
export async function imageDecoder(name: string, image: Partial<EncodedImage>): Promise<{ decode: Decoder }> {
  const codec = await codecByName(name);
  assert.ok(codec);
  return { decode: await codec.openDecoder({ ...IMAGE, ...image }) };
}

export async function read(name: string, image: Partial<EncodedImage>, stream: Uint8Array, rawLength: number): Promise<Uint8Array> {
  return decoded(await imageDecoder(name, image), stream, rawLength);
}

export const refuses = (name: string, image: Partial<EncodedImage>, stream: Uint8Array, rawLength: number, why?: RegExp): Promise<void> =>
  assert.rejects(read(name, image, stream, rawLength), (error) => error instanceof DecodeError && (why?.test(error.message) ?? true));

const value = (component: number, column: number, row: number): number => 40 + component * 30 + column * 11 + row * 7;

/** A JPEG stream of 30 x 20 pixels, whose components are not subsampled unless `more` says so. */
export const blocks = (bands: number, more: Partial<FlatJpeg> = {}, withTables = true): Buffer =>
  flatJpeg({ width: 30, height: 20, sampling: new Array<[number, number]>(bands).fill([1, 1]), value, ...more }, withTables);

/** The samples of its first rows. */
export const blockPixels = (bands: number, rows = 20): Uint8Array =>
  bytesOf(30 * rows * bands, (at) => {
    const pixel = Math.floor(at / bands);
    return value(at % bands, (pixel % 30) >> 3, Math.floor(pixel / 30) >> 3);
  });

/** By GDAL: red 9 x, green 9 y, blue x + y, alpha 255 left of column 8 and 255 - 16 y from it on, 16 x 16 pixels. */
export const WEBP = {
  rgb: 'UklGRjQAAABXRUJQVlA4TCgAAAAvD8ADAJmM6H9sCCRt8bafQNIWb/sL3v/4ISQgVP9Hi+okREwAWL0L',
  rgba: 'UklGRmAAAABXRUJQVlA4TFMAAAAvD8ADEJmM6H9sCCRt8bafQNIWb/sL3v/4DWbatvE7/pirUJiaEAYBgJAgQYIECRIkSJAgQYIECRIkSJiAB/Vg+OSSTSbppJJMIvHEEk0k4YQSHAA=',
  lossyRgb: 'UklGRlgAAABXRUJQVlA4IEwAAACwAgCdASoQABAAAMASJbACdLoB+AH4gAMy1lWgiAAA/v/+Ewy6eJilK0Uf3cnGwggY/y4oKdpCn3In80tF/65/O2OOYvOl/OLkAAAA',
  lossyRgba:
    'UklGRrgAAABXRUJQVlA4WAoAAAAQAAAADwAADwAAQUxQSEYAAAABfyAQSBDaX3iFiEgdGMK2FegrpJBCCimkkEIKKaSQQgoprMIq7My9M8sQ0f8J+H6/1ENd6lCbWtSkBtWpRlWqUJlKVEQEVlA4IEwAAACwAgCdASoQABAAAMASJbACdLoB+AH4gAMy1lWg2QAA/v/+Ewy6eJilK0Uf3cnGwggY/leTW5jpsHhP4OW1L1qhp979SfOfrbWaAAAA',
};
export const webp = (kind: keyof typeof WEBP): Buffer => Buffer.from(WEBP[kind], 'base64');

/** Samples for LERC, and which pixels of theirs are valid. */
export const numbers = Array.from({ length: 96 }, (_, at) => (at * 37) % 101);
export const valid = Array.from({ length: 96 }, (_, at) => at % 5 !== 2);
