import { masksByAlpha } from '../raster/alpha.js';
import { type DType, DTYPES } from '../raster/dtype.js';
import type { Predictor, Profile } from '../raster/profile.js';
import type { CarriedContent } from './source.js';
import { trueMetadata } from './gdal-metadata.js';
import { FIELD, TAG } from './tags.js';
import type { OutputContent } from './tile-layout.js';

const UNSPECIFIED = 0;
const UNASSOCIATED_ALPHA = 2;

/** The photometric interpretations that name colours, and how many bands those take. */
const COLOUR_BANDS: Readonly<Record<number, number>> = { 2: 3, 5: 4, 8: 3, 9: 3, 10: 3 };

/**
 * What the output's directory says beside its tiles: the input's tags, the metadata that stays true, and colour tags
 * that fit the output's bands: the input's interpretation where there are bands enough for it, and an ExtraSamples
 * entry for each band beyond the colours, which libtiff wants.
 */
export function outputContent(
  input: CarriedContent,
  { bands, dtype, alpha, keepsValues }: Pick<Profile, 'bands' | 'dtype' | 'alpha'> & { readonly keepsValues: boolean },
): OutputContent {
  const wanted = COLOUR_BANDS[input.photometric] ?? 1;
  const photometric = wanted <= bands ? input.photometric : 1;
  const extra = bands - (photometric === input.photometric ? wanted : 1);
  const isExtra = (tag: number): boolean => tag === TAG.ExtraSamples;
  const tags = input.tags.filter(({ tag }) => !isExtra(tag));
  if (extra > 0) {
    const own = input.tags.find(({ tag, type, count }) => isExtra(tag) && type === FIELD.SHORT && count === extra);
    const kinds = new DataView(new ArrayBuffer(extra * 2));
    if (own !== undefined) new Uint8Array(kinds.buffer).set(Buffer.from(own.bytes, 'base64'));
    const last = (extra - 1) * 2;
    if (alpha !== null) kinds.setUint16(last, kinds.getUint16(last, true) || UNASSOCIATED_ALPHA, true);
    // What was no mask in the input may not look like one in the output.
    else if (masksByAlpha({ bands, dtype }, bands - 1)) kinds.setUint16(last, UNSPECIFIED, true);
    tags.push({ tag: TAG.ExtraSamples, type: FIELD.SHORT, count: extra, bytes: Buffer.from(kinds.buffer).toString('base64') });
    tags.sort((a, b) => a.tag - b.tag);
  }
  return { photometric, tags, metadata: input.metadata === null ? null : trueMetadata(input.metadata, { keepsValues, keepsColours: input.keepsColours }) };
}

/** The predictor that the type can have: 3 is for floats; 2 for integers and, as bit patterns, float32. */
export function fittingPredictor(predictor: Predictor, dtype: DType): Predictor {
  if (predictor === 1) return 1;
  if (DTYPES[dtype].kind !== 'float') return 2;
  return dtype === 'float64' ? 3 : predictor;
}
