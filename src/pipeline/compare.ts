import { type Access, type SourceSnapshot, STANDARD_ACCESS } from '../io/access.js';
import type { Profile } from '../raster/profile.js';
import { georeferencingOf } from '../tiff/georeferencing.js';
import type { ComparedTask, CompareSetup, Difference } from './compare-worker.js';
import { openInput } from './input.js';
import type { PlanInput } from './plan.js';
import { Scan, type ScanOptions, type ScanTasks } from './scan.js';

export interface CompareOptions extends ScanOptions {
  /** Valid samples differ when they are further apart than this. */
  readonly tolerance: number;
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
  const { input, tags, snapshots } = await openInput(path, 1, access);
  return { input, profile: input.profile, georeferencing: georeferencingOf(tags), snapshots };
}

function fact(what: string, a: Looked, b: Looked, of: (looked: Looked) => string) {
  return { what, a: of(a), b: of(b) };
}

async function comparePixels(a: PlanInput, b: PlanInput, options: CompareOptions): Promise<Comparison['pixels']> {
  const module = new URL('./compare-worker.js', import.meta.url).href;
  const exact = (input: PlanInput): PlanInput => ({ ...input, isExact: true });
  const setup = (tasks: ScanTasks): CompareSetup => ({ a: exact(a), b: exact(b), ...tasks, tolerance: options.tolerance });
  const scan = await Scan.open([a, b], { module, setup }, options);
  let all: NonNullable<Comparison['pixels']> = { samples: 0, masked: 0, largest: 0, firstSample: null, firstMasked: null };
  try {
    await scan.pass<ComparedTask>((compared) => (all = added(all, compared)));
    return all;
  } finally {
    await scan.end();
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
