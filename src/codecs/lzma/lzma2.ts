import { DecodeError } from '../codec.js';
import { LzmaDecoder } from './lzma-decoder.js';

/** Control bytes of chunks: the end; plain bytes with and without a new dictionary; LZMA with more and more set anew. */
const END = 0x00;
const PLAIN_NEW_DICTIONARY = 0x01;
const PLAIN = 0x02;
const LZMA = 0x80;
const LZMA_NEW_STATE = 0xa0;
const LZMA_NEW_PROPERTIES = 0xc0;
const LZMA_NEW_DICTIONARY = 0xe0;

/** Where LZMA2 data ended: in the output, and in the stream unless the output was full before. */
export interface Lzma2End {
  readonly out: number;
  readonly at: number | null;
}

/** Decodes LZMA2: LZMA in chunks that say their sizes (xz file format, section 5.3.1; xz-embedded's description). */
export class Lzma2Decoder {
  readonly #lzma = new LzmaDecoder();

  /**
   * @param from where the data begins in the stream
   * @param start where its bytes go in `raw`
   * @throws DecodeError where the data is damaged
   */
  decode(encoded: Uint8Array, from: number, raw: Uint8Array, start: number): Lzma2End {
    const lzma = this.#lzma;
    let at = from;
    let out = start;
    let lacksDictionary = true;
    let lacksProperties = true;
    let lacksState = true;
    for (;;) {
      const control = byteAt(encoded, at);
      if (control === END) return { out, at: at + 1 };
      if (out === raw.length) return { out, at: null };
      const isPlain = control < LZMA;
      if (control > PLAIN && isPlain) throw new DecodeError(`a chunk of kind ${control} is unknown`);
      if (control === PLAIN_NEW_DICTIONARY || control >= LZMA_NEW_DICTIONARY) {
        lzma.resetDictionary(out);
        lacksDictionary = false;
      } else if (lacksDictionary) throw new DecodeError('the data begin without a dictionary');
      const low = (byteAt(encoded, at + 1) << 8) | byteAt(encoded, at + 2);
      if (isPlain) {
        const data = at + 3;
        at = data + low + 1;
        if (at > encoded.length) throw new DecodeError('a chunk is cut short');
        const wanted = Math.min(low + 1, raw.length - out);
        raw.set(encoded.subarray(data, data + wanted), out);
        out += wanted;
        if (wanted <= low) return { out, at: null };
        if (control === PLAIN_NEW_DICTIONARY) lacksProperties = true;
        continue;
      }
      const outEnd = out + ((control & 0x1f) << 16) + low + 1;
      const size = ((byteAt(encoded, at + 3) << 8) | byteAt(encoded, at + 4)) + 1;
      let data = at + 5;
      if (control >= LZMA_NEW_PROPERTIES) {
        lzma.setProperties(byteAt(encoded, data++));
        lacksProperties = false;
      }
      if (control >= LZMA_NEW_STATE) {
        lzma.resetState();
        lacksState = false;
      }
      if (lacksProperties || lacksState) throw new DecodeError('a chunk lacks its properties');
      at = data + size;
      if (at > encoded.length) throw new DecodeError('a chunk is cut short');
      lzma.decode(encoded, { from: data, end: at, out, outEnd }, raw);
      out = Math.min(outEnd, raw.length);
      if (out < outEnd) return { out, at: null };
    }
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length) throw new DecodeError('the data are cut short');
  return bytes[at];
}
