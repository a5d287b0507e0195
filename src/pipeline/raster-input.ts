import { UnsupportedError, UsageError } from '../errors.js';
import type { Access, SourceSnapshot } from '../io/access.js';
import type { ByteSource } from '../io/byte-source.js';
import { openSource } from '../io/open-source.js';
import type { Size } from '../raster/window.js';
import { affineTransform, readGeoKeys, referenceSystem, type ReferenceSystem, type Transform } from '../tiff/georeferencing.js';
import type { TiffHeader } from '../tiff/ifd.js';
import {
  type CarriedContent,
  describeOverview,
  openTiff,
  type Overview,
  readCarriedContent,
  readColourTable,
  readImages,
  type TiffSource,
} from '../tiff/source.js';
import { placed } from './placement.js';
import type { PlanInput } from './plan.js';
import { checkBlocks, planInput } from './request.js';
import { readSidecars, type Sidecars, withSidecar } from './sidecars.js';

export interface RasterChoice {
  /** Which of the file's full images, from 1. */
  readonly page: number;
  /** Chooses one of the overviews, in the file's order, by its place; null: the full image, of the size `full`. */
  readonly overview: (sizes: readonly Size[], full: Size) => number | null;
  /** Whether indexes are looked up in the colour table: it must be there, where it is there, never. */
  readonly colours: 'wanted' | 'where listed' | 'never';
}

/** A raster that is read window by window outside of a run. */
export interface RasterInput {
  readonly input: PlanInput;
  readonly content: CarriedContent;
  /** From pixels to coordinates, in GDAL's order; null: the file has none. */
  readonly transform: Transform | null;
  readonly crs: ReferenceSystem | null;
  /** The size of the full image. */
  readonly full: Size;
  /** The sizes of the overviews, in the file's order. */
  readonly overviews: readonly Size[];
  /** Which of them the pixels are of; null: of the full image. */
  readonly overview: number | null;
  readonly snapshots: readonly SourceSnapshot[];
}

/** Looks at a raster, or one of its overviews. @throws RastqError by cause */
export async function openRasterInput(path: string, { page, overview, colours }: RasterChoice, access: Access): Promise<RasterInput> {
  const source = await openSource(path, access);
  try {
    const tiff = await openTiff(source, { page });
    const { width, height } = tiff.image.profile;
    const sidecars = await readSidecars(path, tiff.image.profile, access);
    const content = placed(await readCarriedContent(source, tiff), sidecars.placement);
    const beside = tiff.overviews.length > 0 ? undefined : await withSidecar(path, '.ovr', access, readImages);
    const overviews: readonly Overview[] = beside?.overviews ?? tiff.overviews;
    const sizes = overviews.map((each) => ({ width: each.width, height: each.height }));
    const chosen = overview(sizes, { width, height });
    const looksUp = colours === 'wanted' || (colours === 'where listed' && tiff.image.palette);
    const colourTable = looksUp ? await readColourTable(source, tiff) : null;
    const level = chosen === null ? null : overviews[chosen];
    const plan = (from: ByteSource, described: TiffSource, own: string): PlanInput => planInput(from, described, { path: own, colourTable, sidecars: level === null ? sidecars : withoutMask(source, sidecars) });
    let input: PlanInput;
    let snapshots: readonly SourceSnapshot[] = [];
    if (beside === undefined || level === null) {
      const described = level === null ? tiff : await describeOverview(source, tiff.header, level, tiff);
      await checkBlocks(source, described);
      input = plan(source, described, path);
    } else {
      const opened = await withSidecar(path, '.ovr', access, (from, own) => openBeside(from, own, beside.header, level, tiff, plan));
      input = opened!.input;
      snapshots = opened!.snapshots;
    }
    const transform = affineTransform(content.tags);
    return {
      input,
      content,
      transform: transform && scaled(transform, { width, height }, input.profile),
      crs: referenceSystem(readGeoKeys(content.tags)),
      full: { width, height },
      overviews: sizes,
      overview: chosen,
      snapshots: [...snapshots, ...(source.remote === undefined ? [] : [source.remote.snapshot()]), ...sidecars.snapshots],
    };
  } finally {
    await source.close();
  }
}

async function openBeside(
  source: ByteSource,
  path: string,
  header: TiffHeader,
  level: Overview,
  tiff: TiffSource,
  plan: (from: ByteSource, described: TiffSource, own: string) => PlanInput,
): Promise<{ readonly input: PlanInput; readonly snapshots: readonly SourceSnapshot[] }> {
  const described = await describeOverview(source, header, level, tiff);
  await checkBlocks(source, described);
  return { input: plan(source, described, path), snapshots: source.remote === undefined ? [] : [source.remote.snapshot()] };
}

/** @throws UnsupportedError where a mask of the full image lies beside it: the overview has none like it */
function withoutMask({ name }: ByteSource, sidecars: Sidecars): Sidecars {
  if (sidecars.mask === null) return sidecars;
  throw new UnsupportedError(`${name}: an overview of a raster whose mask lies beside it is not supported`);
}

/** The transform of the same scene in other pixels. */
function scaled([x, xCol, xRow, y, yCol, yRow]: Transform, from: Size, to: Size): Transform {
  const [cols, rows] = [from.width / to.width, from.height / to.height];
  return [x, xCol * cols, xRow * rows, y, yCol * cols, yRow * rows];
}

/** The choice of an overview by its number, from 0. */
export function overviewAt(name: string, number: number | null): RasterChoice['overview'] {
  return (sizes) => {
    if (number === null || (Number.isInteger(number) && number >= 0 && number < sizes.length)) return number;
    throw new UsageError(`overview ${number}: ${name} has ${sizes.length}`);
  };
}
