import { statSync } from 'node:fs';
import { ioError, UsageError } from '../errors.js';
import { type AtomicTarget, checkTarget } from '../io/atomic-file.js';
import { openFile } from '../io/file-source.js';
import { loadOperation } from '../ops/load.js';
import type { Params } from '../ops/operation.js';
import type { CreationOptions } from '../tiff/creation-options.js';
import { openTiff, readCarriedContent, sourceWarnings, type TiffSource } from '../tiff/source.js';
import { createPlan, type Plan, type PlanImage } from './plan.js';

/** What a user asks for. */
export interface Request {
  readonly input: string;
  readonly output: string;
  readonly operation: string;
  readonly params: Params;
  /** Edge of the processing windows, pixels. */
  readonly window: number;
  readonly creation: CreationOptions;
  readonly overwrite: boolean;
  /** Which of the input's full images, from 1. */
  readonly page: number;
}

export interface Planned {
  readonly plan: Plan;
  readonly target: AtomicTarget;
  /** What the user should know of how the input is taken. */
  readonly warnings: readonly string[];
  /** What a curious user may want to know. */
  readonly details: readonly string[];
}

/**
 * Makes the plan for a request: opens the input, looks at the output's place, and touches nothing.
 * @throws RastqError by cause
 */
export async function planRequest(request: Request): Promise<Planned> {
  refuseSameFile(request.input, request.output);
  const operation = await loadOperation(request.operation);
  const source = openFile(request.input);
  try {
    const tiff = await openTiff(source, { page: request.page });
    const imageOf = ({ directory, image }: Pick<TiffSource, 'directory' | 'image'>): PlanImage => ({
      path: request.input,
      bytes: source.size,
      directory,
      profile: image.profile,
      layout: image.layout,
    });
    const own = imageOf(tiff);
    const mask = tiff.mask && imageOf(tiff.mask);
    const plan = await createPlan({
      input: { ...own, profile: { ...own.profile, mask: mask !== null }, mask },
      content: await readCarriedContent(source, tiff),
      outputPath: request.output,
      operation,
      params: request.params,
      window: request.window,
      creation: request.creation,
    });
    const warnings = sourceWarnings(source, tiff, request.page);
    const { compression } = plan.input.profile;
    if (request.creation.codec === undefined && compression !== plan.output.profile.compression) {
      warnings.push(`${request.input}: rastq does not write ${compression.toUpperCase()}, the output is compressed as ${plan.output.profile.compression.toUpperCase()}`);
    }
    return {
      plan,
      target: checkTarget(request.output, { overwrite: request.overwrite }),
      warnings,
      details: tiff.overviews > 0 ? [`${request.input}: its ${tiff.overviews} overviews are left out`] : [],
    };
  } finally {
    await source.close();
  }
}

/** Input and output must be two files, also where one path is a link to the other. */
function refuseSameFile(input: string, output: string): void {
  const [a, b] = [input, output].map((path) => {
    try {
      return statSync(path, { throwIfNoEntry: false, bigint: true });
    } catch (cause) {
      throw ioError(path, 'cannot look at it', cause);
    }
  });
  if (a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino) {
    throw new UsageError(`${output}: is the input itself, give another output`);
  }
}
