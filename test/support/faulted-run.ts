import { parseCreationOptions, planRequest, prepareTarget, runPlan } from '../../src/index.js';
import { INLINE } from '../oracle/support/run.js';
import { type Fault, type FileCall, watchFiles } from './file-layer.js';
import type { Folder } from './folder.js';

/** What a run in this thread is to do, from `in.tif` to `out.tif` of a folder. */
export interface FaultedRun {
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly verifies?: boolean;
  readonly cog?: boolean;
  /** `KEY=VALUE` words. */
  readonly co?: readonly string[];
  /** Says what goes wrong in a call on files, by its number from 1. */
  readonly faultAt?: (call: FileCall, number: number) => Fault | undefined;
}

export interface FaultedOutcome {
  /** Its calls on files, in their order. */
  readonly calls: readonly FileCall[];
  /** What it threw. */
  readonly error: unknown;
}

/** Runs once, in this thread, and tells how it went. */
export async function faultedRun(folder: Folder, { resume = false, overwrite = false, verifies = false, cog = false, co = [], faultAt }: FaultedRun): Promise<FaultedOutcome> {
  const calls: FileCall[] = [];
  const unwatch = watchFiles(folder.path, (call) => {
    calls.push(call);
    return faultAt?.(call, calls.length);
  });
  try {
    const output = folder.at('out.tif');
    const { plan } = await planRequest({
      input: folder.at('in.tif'),
      output,
      steps: [{ operation: 'normalize', params: { range: { min: 0, max: 255 }, dtype: 'uint8' } }],
      window: 64,
      creation: await parseCreationOptions(co),
      cog: cog ? { resampling: 'average' } : undefined,
      overwrite,
      resume,
    });
    await runPlan(plan, { ...INLINE, verifies, target: prepareTarget(output, { overwrite, resume, durable: true }) });
    return { calls, error: undefined };
  } catch (error) {
    return { calls, error };
  } finally {
    unwatch();
  }
}
