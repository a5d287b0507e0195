/** The public API. Every export is named here; a test pins the list. */
export {
  EXIT_CODES,
  FormatError,
  IoError,
  ItemError,
  RastqError,
  SignalError,
  UnsupportedError,
  UsageError,
  WorkerError,
  type ErrorKind,
} from './errors.js';
export { type Access, type S3Access, type SourceSnapshot, STANDARD_ACCESS } from './io/access.js';
export { checkTarget, prepareTarget, type AtomicTarget } from './io/atomic-file.js';
export { prepareOutput, type Target } from './io/output.js';
export type { S3Target } from './io/s3-target.js';
export type { Codec, Decoder, Encoder } from './codecs/codec.js';
export { codecByName, loadCodecs } from './codecs/load.js';
export { createRaster, type CreateOptions, type NewRasterFile } from './library/create-raster.js';
export { openRaster, type OpenOptions, type Raster } from './library/open-raster.js';
export { planRequest } from './library/plan-request.js';
export { run, type RunSettings } from './library/run.js';
export { loadOperation, operationNames } from './ops/load.js';
export type { Accumulator, BandType, Footprint, Kernel, Measure, Operation, OutputType, Params, ParamSpec, Percentiles, Result } from './ops/operation.js';
export type { UserFunction, UserOperation, UserParam, UserResult, UserWindow } from './ops/user/adapt.js';
export type { QueueMode, QueueOptions } from './pipeline/conveyor.js';
export type { Plan, PlanImage, PlanInput, PlanOutput } from './pipeline/plan.js';
export type { Step } from './pipeline/step.js';
export { EndOfQueue, OrderedQueue, Queue } from './pools/queue.js';
export type { WindowPixels } from './pipeline/raster-reader.js';
export type { Planned, Request, StepWish } from './pipeline/request.js';
export { standardQueueSize } from './pipeline/queue-size.js';
export { runPlan, type RunOptions } from './pipeline/run.js';
export type { RunTotals } from './pipeline/run-tally.js';
export { moving, type Moving } from './pools/moving.js';
export type { Endurance } from './pools/pool.js';
export { ProcessQueue, type ProcessQueueOptions } from './pools/process-queue.js';
export type { PoolKind } from './pools/stage.js';
export type { Pixels } from './raster/block.js';
export type { Mask } from './raster/mask.js';
export type { DType } from './raster/dtype.js';
export type { Nodata } from './raster/nodata.js';
export type { Profile } from './raster/profile.js';
export type { Size, Window } from './raster/window.js';
export type { Report } from './report/report.js';
export type { ReferenceSystem, Transform } from './tiff/georeferencing.js';
export { parseCreationOptions, type CreationOptions } from './tiff/creation-options.js';
