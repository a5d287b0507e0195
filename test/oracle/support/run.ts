import { fileURLToPath } from 'node:url';
import { FIXTURES_FOLDER } from '../../../fixtures/fixture.js';
import { checkTarget, parseCreationOptions, planRequest, runPlan, type Plan, type RunOptions, type RunTotals } from '../../../src/index.js';
import type { DType } from '../../../fixtures/tiff-spec.js';

/** What a test of `normalize` may ask for; what is absent is as the command line has it. */
export interface NormalizeOptions {
  readonly range?: { readonly min: number; readonly max: number };
  readonly dtype?: DType;
  readonly nodata?: number | 'nan' | 'inf' | '-inf';
  readonly window?: number;
  /** How the overviews of a COG are made; absent: no COG. */
  readonly cog?: 'average' | 'nearest' | 'bilinear';
  readonly scope?: 'window' | 'band' | 'dataset';
  readonly percentile?: readonly [number, number];
  /** `KEY=VALUE` words. */
  readonly co?: readonly string[];
}

export type HowToRun = Omit<RunOptions, 'target'>;

/** In this thread, one item at a time: the plainest way to run a plan. */
export const INLINE: HowToRun = { workers: 1, pool: 'inline', queue: { mode: 'bounded', size: 1 } };

/** The path of a committed fixture. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(name, FIXTURES_FOLDER));
}

/** Plans and runs `normalize` by the library. An output that is there is replaced. */
export async function normalize(
  input: string,
  output: string,
  options: NormalizeOptions = {},
  how: HowToRun = INLINE,
): Promise<{ readonly plan: Plan; readonly totals: RunTotals }> {
  const { plan } = await planRequest({
    input,
    output,
    steps: [
      {
        operation: 'normalize',
        params: { range: options.range ?? { min: 0, max: 4096 }, dtype: options.dtype ?? 'uint16', nodata: options.nodata, scope: options.scope ?? 'window', percentile: options.percentile },
      },
    ],
    window: options.window ?? 256,
    creation: await parseCreationOptions(options.co ?? []),
    cog: options.cog && { resampling: options.cog },
    overwrite: true,
  });
  return { plan, totals: await runPlan(plan, { target: checkTarget(output, { overwrite: true }), ...how }) };
}

/** The words that ask the command line for the same. */
export function normalizeWords(input: string, output: string, options: NormalizeOptions): string[] {
  const words = ['normalize', input, output, '--overwrite', '--quiet'];
  const { range, dtype, nodata, window, scope, percentile, cog, co = [] } = options;
  if (range !== undefined) words.push('--range', `${range.min},${range.max}`);
  if (dtype !== undefined) words.push('--dtype', dtype);
  if (nodata !== undefined) words.push('--nodata', String(nodata));
  if (window !== undefined) words.push('--window', String(window));
  if (cog !== undefined) words.push('--of', 'COG', '--overview-resampling', cog);
  if (scope !== undefined) words.push('--scope', scope);
  if (percentile !== undefined) words.push('--percentile', percentile.join(','));
  return [...words, ...co.flatMap((word) => ['--co', word])];
}
