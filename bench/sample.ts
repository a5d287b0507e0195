import { codecByName } from '../src/codecs/load.js';
import type { Decoder, Encoding } from '../src/codecs/codec.js';
import { openFile } from '../src/io/file-source.js';
import { loadOperation } from '../src/ops/load.js';
import type { Kernel } from '../src/ops/operation.js';
import { type Pixels, pixelsOver } from '../src/raster/block.js';
import { DTYPES } from '../src/raster/dtype.js';
import { gridColumns, gridRows } from '../src/raster/grid.js';
import type { Profile } from '../src/raster/profile.js';
import { BlockIndex } from '../src/tiff/block-index.js';
import { blockGrid, type BlockLayout, encodedImage } from '../src/tiff/block-layout.js';
import type { PredictedRows } from '../src/tiff/predictor.js';
import { openTiff } from '../src/tiff/source.js';

/** Blocks of a scene, and rastq's own modules to work on them. */
export interface Sample {
  readonly encoded: readonly Uint8Array[];
  /** Bytes of one block decoded. */
  readonly blockBytes: number;
  readonly rows: PredictedRows;
  readonly codec: string;
  readonly decode: Decoder;
  readonly encoding: Encoding;
  readonly kernel: Kernel;
  /** A block's bytes as pixels. */
  readonly pixels: (bytes: Uint8Array) => Pixels;
}

/** Blocks, spread evenly over the scene: enough of them that caches hold none from round to round. */
const BLOCKS = 48;

/** Opens a tiled scene of pixels side by side. */
export async function openSample(path: string): Promise<Sample> {
  const source = openFile(path);
  try {
    const { header, image } = await openTiff(source, { page: 1 });
    const { layout, profile } = image;
    const index = new BlockIndex(source, image, header.little);
    const grid = blockGrid(profile, layout);
    const [cols, total] = [gridColumns(grid), gridColumns(grid) * gridRows(grid)];
    const count = Math.min(BLOCKS, total);
    const encoded: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const number = Math.floor(((i + 0.5) * total) / count);
      const { position, length } = await index.locate({ plane: 0, col: number % cols, row: Math.floor(number / cols) });
      const bytes = new Uint8Array(length);
      await source.read(position, bytes);
      encoded.push(bytes);
    }
    return { encoded, ...(await modulesFor(layout, profile)) };
  } finally {
    await source.close();
  }
}

async function modulesFor(layout: BlockLayout, profile: Profile): Promise<Omit<Sample, 'encoded'>> {
  const { dtype, bands } = profile;
  const { block, predictor } = layout;
  const { bytes, over } = DTYPES[dtype];
  const rowSamples = block.width * bands;
  const codec = (await codecByName(layout.codec))!;
  const operation = await loadOperation('normalize');
  return {
    blockBytes: block.height * rowSamples * bytes,
    rows: { predictor, bytes, bands, rowSamples },
    codec: codec.name,
    decode: await codec.openDecoder(encodedImage(layout, bands)),
    encoding: codec.encoding!,
    kernel: operation.open(profile, profile, { range: { min: 0, max: 4096 }, dtype, nodata: undefined }),
    pixels: ({ buffer, byteOffset, byteLength }) => pixelsOver(over(buffer, byteOffset, byteLength / bytes), block, bands, 'pixel'),
  };
}
