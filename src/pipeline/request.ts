import { statSync } from 'node:fs';
import { ioError, UsageError } from '../errors.js';
import { type AtomicTarget, checkTarget } from '../io/atomic-file.js';
import { openFile } from '../io/file-source.js';
import { loadOperation } from '../ops/load.js';
import type { Params } from '../ops/operation.js';
import type { CreationOptions } from '../tiff/creation-options.js';
import { openTiff, readCarriedContent } from '../tiff/source.js';
import { createPlan, type Plan } from './plan.js';

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
}

/**
 * Makes the plan for a request: opens the input, looks at the output's place, and touches nothing.
 * @throws RastqError by cause
 */
export async function planRequest(request: Request): Promise<{ plan: Plan; target: AtomicTarget }> {
  refuseSameFile(request.input, request.output);
  const operation = await loadOperation(request.operation);
  const source = openFile(request.input);
  try {
    const tiff = await openTiff(source);
    const plan = await createPlan({
      input: { path: request.input, bytes: source.size, profile: tiff.image.profile, layout: tiff.image.layout },
      content: await readCarriedContent(source, tiff),
      outputPath: request.output,
      operation,
      params: request.params,
      window: request.window,
      creation: request.creation,
    });
    return { plan, target: checkTarget(request.output, { overwrite: request.overwrite }) };
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
