import { type DType, DTYPES } from '../raster/dtype.js';
import type { Predictor } from '../raster/profile.js';
import type { CarriedContent } from './source.js';
import { trueMetadata } from './gdal-metadata.js';
import { FIELD, TAG } from './tags.js';
import type { OutputContent } from './tile-layout.js';

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
  { bands, alpha, keepsValues }: { readonly bands: number; readonly alpha: number | null; readonly keepsValues: boolean },
): OutputContent {
  const wanted = COLOUR_BANDS[input.photometric] ?? 1;
  const photometric = wanted <= bands ? input.photometric : 1;
  const extra = bands - (photometric === input.photometric ? wanted : 1);
  const isExtra = (tag: number): boolean => tag === TAG.ExtraSamples;
  const tags = input.tags.filter(({ tag }) => !isExtra(tag));
  if (extra > 0) {
    const own = input.tags.find(({ tag, count }) => isExtra(tag) && count === extra);
    const kinds = new Uint16Array(extra);
    if (alpha !== null) kinds[alpha - (bands - extra)] = UNASSOCIATED_ALPHA;
    const bytes = Buffer.from(kinds.buffer).toString('base64');
    tags.push(own ?? { tag: TAG.ExtraSamples, type: FIELD.SHORT, count: extra, bytes });
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
