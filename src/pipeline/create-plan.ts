import { isPacked64 } from '../raster/dtype.js';
import { carriedFrom } from '../tiff/output-content.js';
import type { CarriedContent } from '../tiff/source.js';
import { taskPixelBytes, withTasks } from './cut-plan.js';
import { chooseBigTiff, outputBounds } from './output-bounds.js';
import type { Plan, PlanInput } from './plan.js';
import { asRead, blockLayoutOf, type FileWish, type PlannedFile, planFile, type StepFile, type StepRequest } from './planned-file.js';
import type { Step } from './step.js';
import { refuseHugeTasks } from './task-limit.js';

export interface PlanRequest extends FileWish {
  readonly input: PlanInput;
  readonly content: CarriedContent;
  readonly outputPath: string;
  /** At least one. */
  readonly steps: readonly StepRequest[];
  readonly window: number;
}

/**
 * Makes the plan. Reads and writes nothing.
 * @throws UsageError where the options do not fit the input
 */
export async function createPlan(request: PlanRequest): Promise<Plan> {
  const { input } = request;
  let last: StepFile = { profile: input.profile, layout: input.layout, content: request.content };
  const described: Omit<Step, 'statistics'>[] = [];
  let file: PlannedFile | undefined;
  /** Whether samples pass as they are, or not at all: not with neighbours, which weigh in. */
  let isExact = true;
  for (const [i, step] of request.steps.entries()) {
    const isLast = i === request.steps.length - 1;
    file = await planFile(step, last, isLast ? request : { creation: {} });
    const { bands } = file;
    const footprint = step.operation.footprint(step.params);
    isExact &&= file.keepsValues && footprint.halo === 0;
    const profile = asRead(file.profile);
    described.push({ operation: step.reference, params: step.params, footprint, bands, output: profile });
    last = { profile, layout: blockLayoutOf(file), content: carriedFrom(file.content) };
  }
  const { profile, content, layout, encoding, compressionTag, cog } = file!;
  const output = { profile, content, compressionTag, ...(cog && { cog }) };
  const { boundBytes, overviewBoundBytes } = outputBounds({ ...output, layout: { ...layout, bigTiff: true } }, encoding.bound);
  const bigTiff = chooseBigTiff(boundBytes, request.creation.bigTiff ?? 'IF_NEEDED');
  const plan = withTasks({
    version: 1,
    input: isExact && isPacked64(input.stored.dtype) ? { ...input, isExact: true } : input,
    steps: described,
    window: { width: request.window, height: request.window },
    output: { path: request.outputPath, boundBytes, overviewBoundBytes, ...output, layout: { ...layout, bigTiff } },
  });
  refuseHugeTasks(plan, taskPixelBytes(plan));
  // What survives JSON is all there is: nothing can depend on what would be lost on the way to another process.
  return JSON.parse(JSON.stringify(plan)) as Plan;
}
