import { masksByAlpha } from '../raster/alpha.js';
import { type DType, isFloat } from '../raster/dtype.js';
import type { Predictor } from '../raster/profile.js';
import type { CarriedContent } from './source.js';
import { movedMetadata, trueMetadata, withoutAlpha } from './gdal-metadata.js';
import { FIELD, TAG } from './tags.js';
import type { OutputContent } from './tile-layout.js';

const UNSPECIFIED = 0;
const ASSOCIATED_ALPHA = 1;
const UNASSOCIATED_ALPHA = 2;

/** The photometric interpretations that name colours, and how many bands those take. */
const COLOUR_BANDS: Readonly<Record<number, number>> = { 2: 3, 5: 4, 8: 3, 9: 3, 10: 3 };

const colourBands = (photometric: number): number => COLOUR_BANDS[photometric] ?? 1;

/** GDAL's names of the colours that the photometric interpretations name. */
const COLOUR_NAMES: Readonly<Record<number, readonly string[]>> = {
  0: ['Gray'],
  1: ['Gray'],
  2: ['Red', 'Green', 'Blue'],
  5: ['Cyan', 'Magenta', 'Yellow', 'Black'],
};

/** What became of the input's bands. */
export interface BandChange {
  readonly input: { readonly bands: number; readonly alpha: number | null };
  /** For each band of the output the input's that it is; null: a new one. */
  readonly from: readonly (number | null)[];
  readonly dtype: DType;
  /** The output's band that is alpha, always the last; null: there is none. */
  readonly alpha: number | null;
  readonly keepsValues: boolean;
  /** Whether a nodata value says which of the output's pixels are valid; readers then ask no alpha. */
  readonly hasNodata: boolean;
}

/**
 * What the output's directory says beside its tiles: the input's tags, the metadata that stays true, and colour tags
 * that fit the output's bands: the input's interpretation where its bands are in their places, and an ExtraSamples
 * entry for each band beyond the colours, which libtiff wants. Of bands that moved, metadata tells the colour.
 */
export function outputContent(input: CarriedContent, change: BandChange): OutputContent {
  const { from, dtype, alpha, keepsValues, hasNodata } = change;
  const wanted = colourBands(input.photometric);
  const keepsPhotometric = from.length >= wanted && from.slice(0, wanted).every((band, i) => band === i);
  const photometric = keepsPhotometric ? input.photometric : 1;
  const extra = from.length - (keepsPhotometric ? wanted : 1);
  const isExtra = (tag: number): boolean => tag === TAG.ExtraSamples;
  const tags = input.tags.filter(({ tag }) => !isExtra(tag));
  const hasMoved = !from.every((band, i) => band === i);
  // What was no mask in the input may not look like one in the output, neither by its tag nor by its name.
  const looksLikeMask = alpha === null && !hasNodata && masksByAlpha({ bands: from.length, dtype }, from.length - 1);
  if (extra > 0) {
    const own = hasMoved ? undefined : input.tags.find(({ tag, type, count }) => isExtra(tag) && type === FIELD.SHORT && count === extra);
    const kinds = new DataView(new ArrayBuffer(extra * 2));
    if (own !== undefined) new Uint8Array(kinds.buffer).set(Buffer.from(own.bytes, 'base64'));
    const last = (extra - 1) * 2;
    if (alpha !== null) kinds.setUint16(last, kinds.getUint16(last, true) || alphaKind(input.tags), true);
    else if (looksLikeMask) kinds.setUint16(last, UNSPECIFIED, true);
    tags.push({ tag: TAG.ExtraSamples, type: FIELD.SHORT, count: extra, bytes: Buffer.from(kinds.buffer).toString('base64') });
    tags.sort((a, b) => a.tag - b.tag);
  }
  const metadata = input.metadata === null ? null : trueMetadata(input.metadata, { keepsValues, keepsColours: input.keepsColours });
  const isSame = !hasMoved && from.length === change.input.bands;
  const named = isSame ? metadata : movedMetadata(metadata, from, movedColours(input.photometric, photometric, change));
  return { photometric, tags, metadata: looksLikeMask ? withoutAlpha(named, from.length - 1) : named };
}

/** What the file's last band is as alpha, where its colours said so: the kind goes along with the band. */
function alphaKind(tags: CarriedContent['tags']): number {
  const own = tags.find(({ tag, type }) => tag === TAG.ExtraSamples && type === FIELD.SHORT);
  const kind = own === undefined ? 0 : Buffer.from(own.bytes, 'base64').readUInt16LE((own.count - 1) * 2);
  return kind === ASSOCIATED_ALPHA ? kind : UNASSOCIATED_ALPHA;
}

/** The colours of the output's bands that its tags say otherwise, by GDAL's names. */
function movedColours(photometricBefore: number, photometric: number, { input, from, alpha }: BandChange): Map<number, string> {
  const colours = new Map<number, string>();
  from.forEach((band, i) => {
    if (band === null) return;
    const before = band === input.alpha ? 'Alpha' : (COLOUR_NAMES[photometricBefore]?.[band] ?? 'Undefined');
    const after = i === alpha ? 'Alpha' : (COLOUR_NAMES[photometric]?.[i] ?? 'Undefined');
    if (before !== after) colours.set(i, before);
  });
  return colours;
}

/** What is read back of an output: the input's content of the step that comes next. */
export function carriedFrom({ photometric, tags, metadata }: OutputContent): CarriedContent {
  return { photometric, keepsColours: true, tags, metadata };
}

/** The predictor that compresses samples of a type best: 2 for integers, 3 for floats. */
export const bestPredictor = (dtype: DType): Predictor => (isFloat(dtype) ? 3 : 2);

/**
 * The predictor of samples that are made of others of a file with a predictor: the best one. Floats that were
 * floats keep theirs, but for 2 with float64, which many readers do not know.
 */
export function fittingPredictor(predictor: Predictor, before: DType, dtype: DType): Predictor {
  if (predictor === 1) return 1;
  return dtype === 'float32' && isFloat(before) ? predictor : bestPredictor(dtype);
}
