import { loadOperation } from '../../src/ops/load.js';
import type { Operation } from '../../src/ops/operation.js';
import type { DType } from '../../src/raster/dtype.js';
import { createPlan } from '../../src/pipeline/create-plan.js';
import type { Plan } from '../../src/pipeline/plan.js';
import { parseCreationOptions } from '../../src/tiff/creation-options.js';
import { describeImage } from '../../src/tiff/image.js';
import { readHeader } from '../../src/tiff/ifd.js';
import { fixtureNamed } from '../../fixtures/scenes.js';
import type { TiffSpec } from '../../fixtures/tiff-spec.js';
import { writeTiff } from '../../fixtures/tiff-writer.js';
import { memorySource } from '../tiff/memory.js';

export interface Wanted {
  /** Of the input, in place of what the scene has. */
  readonly spec?: Partial<TiffSpec>;
  readonly co?: readonly string[];
  readonly dtype?: DType;
  readonly percentile?: readonly [number, number];
  /** Before it, so that its halo is needed of what is normalized. */
  readonly halo?: number;
  readonly window?: number;
  /** Of a raster too large to be written: the plan reads no pixels. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** The plan for the scene, or for one that differs from it. */
export async function planOf({ spec = {}, co = [], dtype = 'uint16', percentile, halo, window = 256, size }: Wanted = {}): Promise<Plan> {
  const file = writeTiff({ ...fixtureNamed('scene.tif').spec, width: 64, height: 48, bands: 2, extraTags: [], ...spec });
  const source = memorySource(file);
  const { directories, little } = await readHeader(source);
  const { profile, layout } = await describeImage(source, directories[0], little);
  return createPlan({
    input: {
      path: 'in.tif',
      bytes: file.length,
      directory: 0,
      profile: { ...profile, ...size },
      stored: { ...profile, ...size },
      layout,
      colourTable: null,
      nodataTuple: null,
      mask: null,
    },
    content: { photometric: 1, tags: [], metadata: null, keepsColours: true },
    outputPath: 'out.tif',
    steps: [
      ...(halo === undefined ? [] : [{ reference: 'wide', operation: wide(halo), params: {} }]),
      { reference: 'normalize', operation: await loadOperation('normalize'), params: { range: { min: 0, max: 4096 }, dtype, percentile, nodata: undefined } },
    ],
    window,
    creation: await parseCreationOptions(co),
  });
}

const wide = (halo: number): Operation => ({
  name: 'wide',
  summary: 'Nothing, of many neighbours.',
  params: {},
  footprint: () => ({ halo, edge: 'raster', measures: 'nothing' }),
  describe: ({ bands, dtype }) => ({ bands: Array.from({ length: bands }, (_, band) => band), dtype, range: undefined, nodata: undefined, keepsValues: true }),
  open: () => ({ apply: () => undefined }),
});
