import { UnsupportedError } from '../errors.js';
import type { StoredSample } from './sample-type.js';
import { shellWord } from './shell-word.js';
import { TAG } from './tags.js';

/** What the pixels are, once they are decoded. */
export interface Colours {
  /** The photometric interpretation that the output carries. */
  readonly photometric: number;
  readonly palette: boolean;
  readonly conversion: 'cmyk' | null;
  /** The last band, where the file calls it alpha. */
  readonly alpha: number | null;
}

const PHOTOMETRIC = { GREY: 1, RGB: 2, PALETTE: 3, SEPARATED: 5, YCBCR: 6, CIELAB: 8, ICCLAB: 9, ITULAB: 10 } as const;
const REFUSED_COLOURS: Readonly<Record<number, string>> = {
  32803: 'a colour filter array',
  32844: 'LogL',
  32845: 'LogLuv',
};
/** Values that stand for colours, which an operation's results no longer do. */
const AS_PLAIN_BANDS: ReadonlySet<number> = new Set([PHOTOMETRIC.PALETTE, PHOTOMETRIC.CIELAB, PHOTOMETRIC.ICCLAB, PHOTOMETRIC.ITULAB]);
const INK_SET_CMYK = 1;
const CMYK_BANDS = 4;
const UNSPECIFIED = 0;
/** Associated, unassociated, and what Corel Draw writes for the latter. */
const ALPHA: ReadonlySet<number> = new Set([1, 2, 999]);

/**
 * Which colours the bands are. Of CMYK, pixels of four 8-bit bands, and more that are dropped, become RGBA, as GDAL
 * reads them; other separations stay as they are. L*a*b* is taken as plain bands where GDAL does so.
 * @param numbers the values of a tag of the image
 * @throws UnsupportedError
 */
export async function coloursOf(
  name: string,
  { bands, sample, codec }: { readonly bands: number; readonly sample: StoredSample; readonly codec: string },
  numbers: (tag: number) => Promise<number[] | undefined>,
): Promise<Colours> {
  const stored = (await numbers(TAG.Photometric))?.[0] ?? 1;
  const what =
    stored === PHOTOMETRIC.YCBCR && codec !== 'jpeg'
      ? 'YCbCr colours outside of JPEG'
      : stored === PHOTOMETRIC.CIELAB && sample.bits === 8
        ? 'CIE L*a*b* of 8 bits'
        : REFUSED_COLOURS[stored];
  if (what !== undefined) {
    throw new UnsupportedError(
      `${name}: pixels as ${what} are not supported, convert with: gdal_translate -co PHOTOMETRIC=RGB ${shellWord(name)} converted.tif`,
    );
  }
  const inkSet = (await numbers(TAG.InkSet))?.[0] ?? INK_SET_CMYK;
  if (stored === PHOTOMETRIC.SEPARATED && inkSet === INK_SET_CMYK && bands >= CMYK_BANDS && sample.bits === 8) {
    return { photometric: PHOTOMETRIC.RGB, palette: false, conversion: 'cmyk', alpha: CMYK_BANDS - 1 };
  }
  // The tag is of the last bands; libtiff drops one that is of more bands than there are, or has values it does not know.
  const extras = (await numbers(TAG.ExtraSamples)) ?? [];
  const isKnown = extras.length <= bands && extras.every((kind) => kind === UNSPECIFIED || ALPHA.has(kind));
  return {
    photometric: stored === PHOTOMETRIC.YCBCR ? PHOTOMETRIC.RGB : AS_PLAIN_BANDS.has(stored) ? PHOTOMETRIC.GREY : stored,
    palette: stored === PHOTOMETRIC.PALETTE,
    conversion: null,
    alpha: isKnown && ALPHA.has(extras.at(-1) ?? UNSPECIFIED) ? bands - 1 : null,
  };
}
