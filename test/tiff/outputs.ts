import type { Profile } from '../../src/raster/profile.js';
import type { OutputContent, TiffOutput, TileLayout } from '../../src/tiff/tile-layout.js';

export interface OutputParts {
  readonly profile?: Partial<Profile>;
  readonly layout?: Partial<TileLayout>;
  readonly content?: Partial<OutputContent>;
  readonly compressionTag?: number;
}

/** An uncompressed output of 40 x 20 pixels in tiles of 16 x 16, but for what is asked otherwise. */
export function outputWith({ profile, layout, content, compressionTag = 1 }: OutputParts = {}): TiffOutput {
  return {
    profile: {
      width: 40,
      height: 20,
      bands: 1,
      dtype: 'uint8',
      nodata: null,
      mask: false,
      alpha: null,
      interleave: layout?.interleave ?? 'pixel',
      compression: 'none',
      predictor: 1,
      ...profile,
    },
    layout: {
      tile: { width: 16, height: 16 },
      interleave: 'pixel',
      codec: 'none',
      level: null,
      predictor: 1,
      bigTiff: false,
      sparse: false,
      ...layout,
    },
    content: { photometric: 1, tags: [], metadata: null, ...content },
    compressionTag,
  };
}
