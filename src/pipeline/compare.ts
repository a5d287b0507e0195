import { type Access, type SourceSnapshot, STANDARD_ACCESS } from '../io/access.js';
import { openSource } from '../io/open-source.js';
import { startStage } from '../pools/start.js';
import type { PoolKind, Stage } from '../pools/stage.js';
import { DTYPES } from '../raster/dtype.js';
import type { Grid } from '../raster/grid.js';
import type { Profile } from '../raster/profile.js';
import { georeferencingOf } from '../tiff/georeferencing.js';
import { openTiff, readCarriedContent } from '../tiff/source.js';
import { SpareBuffers } from './buffers.js';
import type { ComparedTask, CompareSetup, Difference } from './compare-worker.js';
import { convey } from './conveyor.js';
import type { PlanInput } from './plan.js';
import type { LoadedTask, ReaderSetup, ReadRequest } from './reader.js';
import { imagesOf } from './region-reader.js';
import { checkBlocks, planInput } from './request.js';
import { readSidecars } from './sidecars.js';
import { StopSignal } from './stop-signal.js';
import { chooseTasks } from './task.js';

export interface CompareOptions {
  /** Valid samples differ when they are further apart than this. */
  readonly tolerance: number;
  readonly workers: number;
  readonly pool: PoolKind;
  readonly signal?: AbortSignal;
  /** How remote files are reached; the standard way by default. */
  readonly access?: Access;
}

/** What differs between two rasters, as plain JSON. Equal rasters have no facts, samples or masked samples that differ. */
export interface Comparison {
  /** Differences of the whole: size, bands, type, georeferencing. */
  readonly facts: readonly { readonly what: string; readonly a: string; readonly b: string }[];
  /** Samples further apart than the tolerance, samples valid in one only, and the largest distance; null: not compared. */
  readonly pixels: {
    readonly samples: number;
    readonly masked: number;
    readonly largest: number;
    readonly firstSample: Difference | null;
    readonly firstMasked: Difference | null;
  } | null;
}

const GRID_EDGE = 256;
const QUEUE_SIZE = 2;

/**
 * Compares two rasters: size, bands, type, georeferencing, validity and samples. Streamed, in parallel.
 * @throws RastqError by cause; the signal's reason
 */
export async function compareRasters(paths: readonly [string, string], options: CompareOptions): Promise<Comparison> {
  const access = options.access ?? STANDARD_ACCESS;
  const [a, b] = [await look(paths[0], access), await look(paths[1], access)];
  const known = { ...access, snapshots: [...a.snapshots, ...b.snapshots] };
  const facts = [
    fact('size', a, b, ({ profile }) => `${profile.width} x ${profile.height}`),
    fact('bands', a, b, ({ profile }) => String(profile.bands)),
    fact('type', a, b, ({ profile }) => profile.dtype),
    ...Object.keys({ ...a.georeferencing, ...b.georeferencing }).map((what) =>
      fact(what, a, b, ({ georeferencing }) => georeferencing[what] ?? 'none'),
    ),
  ].filter((difference) => difference.a !== difference.b);
  const isSameShape = facts.every(({ what }) => what !== 'size' && what !== 'bands');
  return { facts, pixels: isSameShape ? await comparePixels(a.input, b.input, { ...options, access: known }) : null };
}

interface Looked {
  readonly input: PlanInput;
  readonly profile: Profile;
  readonly georeferencing: Readonly<Record<string, string>>;
  readonly snapshots: readonly SourceSnapshot[];
}

async function look(path: string, access: Access): Promise<Looked> {
  const source = await openSource(path, access);
  try {
    const tiff = await openTiff(source, { page: 1 });
    const { tags } = await readCarriedContent(source, tiff);
    await checkBlocks(source, tiff);
    const sidecars = await readSidecars(path, tiff.image.profile, access);
    const input = planInput(source, tiff, { path, colourTable: null, sidecars });
    const snapshots = [...(source.remote === undefined ? [] : [source.remote.snapshot()]), ...sidecars.snapshots];
    return { input, profile: input.profile, georeferencing: georeferencingOf(tags), snapshots };
  } finally {
    await source.close();
  }
}

function fact(what: string, a: Looked, b: Looked, of: (looked: Looked) => string) {
  return { what, a: of(a), b: of(b) };
}

async function comparePixels(a: PlanInput, b: PlanInput, options: CompareOptions): Promise<Comparison['pixels']> {
  const { bands, dtype } = a.profile;
  const tiles: Grid = { image: a.profile, cell: { width: GRID_EDGE, height: GRID_EDGE } };
  const tasks = chooseTasks(tiles, a.layout.block, 2 * bands * DTYPES[dtype].bytes);
  const at = (module: string): string => new URL(module, import.meta.url).href;
  const reader = startStage(options.pool === 'inline' ? 'inline' : 'threads', 'reader', at('./reader.js'));
  const useful = Math.min(options.workers, tasks.count);
  const workers = Array.from({ length: useful }, (_, i) =>
    startStage(options.pool, `worker ${i + 1}`, at('./compare-worker.js')),
  );
  const stop = new StopSignal(options.signal);
  const spares = new SpareBuffers();
  let all: NonNullable<Comparison['pixels']> = { samples: 0, masked: 0, largest: 0, firstSample: null, firstMasked: null };
  try {
    const images = [...imagesOf(a), ...imagesOf(b)];
    await stop.race(
      Promise.all([
        reader.open({ images, tiles, tasks, measured: null, access: options.access } satisfies ReaderSetup),
        ...workers.map((worker) => worker.open({ a, b, tiles, tasks, tolerance: options.tolerance } satisfies CompareSetup)),
      ]),
    );
    await convey<LoadedTask, ComparedTask>(
      {
        count: tasks.count,
        read: async (task) => {
          const spare = spares.take();
          return (await reader.call({ task, pass: 'apply', spare } satisfies ReadRequest, spare && [spare])) as LoadedTask;
        },
        lanes: workers.map((worker: Stage) => async (loaded) => (await worker.call(loaded, [loaded.buffer])) as ComparedTask),
        consume: (compared) => {
          spares.give(compared.input);
          all = added(all, compared);
          return Promise.resolve();
        },
      },
      { mode: 'bounded', size: QUEUE_SIZE },
      stop.promise,
    );
    return all;
  } finally {
    stop.forget();
    await Promise.all([reader, ...workers].map((stage) => stage.terminate()));
  }
}

/** Tasks come in their order, which is not that of rows where several lie side by side. */
function earlier(a: Difference | null, b: Difference | null): Difference | null {
  if (a === null || b === null) return a ?? b;
  const order = a.row - b.row || a.col - b.col || a.band - b.band;
  return order <= 0 ? a : b;
}

function added(all: NonNullable<Comparison['pixels']>, task: ComparedTask): NonNullable<Comparison['pixels']> {
  return {
    samples: all.samples + task.samples,
    masked: all.masked + task.masked,
    largest: Math.max(all.largest, task.largest),
    firstSample: earlier(all.firstSample, task.firstSample),
    firstMasked: earlier(all.firstMasked, task.firstMasked),
  };
}
