import { UsageError } from '../errors.js';
import type { Access, S3Access } from '../io/access.js';
import { locationKind, locationName } from '../io/location.js';
import { BOUNDS } from '../pipeline/bounds.js';
import { QUEUE_MODES, type QueueOptions } from '../pipeline/conveyor.js';
import type { CogWish, Request } from '../pipeline/request.js';
import type { Endurance } from '../pools/pool.js';
import { POOL_KINDS } from '../pools/stage.js';
import { isNodata } from '../raster/nodata.js';
import { RESAMPLINGS } from '../raster/resampling.js';
import type { CreateOptions } from './create-raster.js';
import { above0, aFlag, aFunction, anObject, aText, isObject, kind, oneOf, optional, options, wholeNumber } from './kind.js';
import type { OpenOptions } from './open-raster.js';
import type { RunSettings } from './run.js';

// What a program gives is looked at before anything is done: types tell a compiler alone what may be given.

const SECOND_MS = 1000;

const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) || value instanceof Float64Array;
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');
const isStep = (value: unknown): boolean =>
  isObject(value) && (typeof value['operation'] === 'string' || isObject(value['operation'])) && (value['params'] === undefined || isObject(value['params']));
const isPlan = (value: unknown): boolean =>
  isObject(value) && value['version'] === 1 && Array.isArray(value['steps']) && ['input', 'window', 'output', 'tasks'].every((part) => isObject(value[part]));

const aList = kind('a list', Array.isArray);
const aPage = wholeNumber(...BOUNDS.page);

const access = options<Access>({
  connections: wholeNumber(...BOUNDS.connections),
  retries: wholeNumber(...BOUNDS.retries),
  timeoutMs: kind(`milliseconds up to ${BOUNDS.timeout[1] * SECOND_MS}`, (value) => typeof value === 'number' && value > 0 && value <= BOUNDS.timeout[1] * SECOND_MS),
  aheadBytes: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  sidecars: aFlag,
  s3: options<S3Access>({ region: optional(aText), endpoint: optional(aText), pathStyle: optional(aFlag), requesterPays: aFlag, unsigned: aFlag }),
  spools: anObject,
  snapshots: aList,
});

const run = options<RunSettings>(
  {
    overwrite: optional(aFlag),
    durable: optional(aFlag),
    resume: optional(aFlag),
    verify: optional(aFlag),
    maxMemory: optional(above0('a number of bytes')),
    workers: optional(wholeNumber(...BOUNDS.workers)),
    pool: optional(oneOf(...POOL_KINDS)),
    queue: optional(options<QueueOptions>({ mode: optional(oneOf(...QUEUE_MODES)), size: optional(wholeNumber(...BOUNDS.queueSize)) })),
    endurance: optional(options<Endurance>({ retries: optional(kind('a whole number, or Infinity', (value) => value === Infinity || (Number.isInteger(value) && (value as number) >= 0))), timeoutMs: optional(above0('a number of milliseconds')) })),
    access: optional(access),
    signal: optional(kind('an AbortSignal', (value) => value instanceof AbortSignal)),
    onProgress: optional(aFunction),
  },
  'run: ',
);

const request = options<Request>(
  {
    input: aText,
    output: aText,
    steps: kind('a list of { operation, params }', (value) => Array.isArray(value) && value.every(isStep)),
    creation: optional(kind("a list of texts 'KEY=VALUE', or what parseCreationOptions gives", (value) => isTexts(value) || isObject(value))),
    cog: optional(options<CogWish>({ resampling: optional(oneOf(...RESAMPLINGS)) })),
    overwrite: optional(aFlag),
    resume: optional(aFlag),
    page: optional(aPage),
    expand: optional(oneOf('rgb')),
    access: optional(access),
  },
  'planRequest: ',
);

const open = options<OpenOptions>({ page: optional(aPage), expand: optional(oneOf('rgb')), access: optional(access) }, 'openRaster: ');

const aCode = wholeNumber(1, 65_535);
const crs = options<NonNullable<CreateOptions['crs']>>({
  epsg: (name, value) => {
    if (value !== null) aCode(name, value);
  },
  kind: oneOf('projected', 'geographic', 'other'),
});

const create = options<CreateOptions>(
  {
    like: optional(kind('what openRaster gives', (value) => isObject(value) && isObject(value['source']))),
    nodata: optional(kind("a number, 'nan', 'inf', '-inf' or null", (value) => value === null || isNodata(value))),
    mask: optional(aFlag),
    transform: optional(kind('six numbers, or null', (value) => value === null || (isNumbers(value) && value.length === 6 && value.every(Number.isFinite)))),
    crs: optional((name, value) => {
      if (value !== null) crs(name, value);
    }),
    keepsValues: optional(aFlag),
    creation: optional(kind("a list of texts 'KEY=VALUE'", isTexts)),
    overwrite: optional(aFlag),
    durable: optional(aFlag),
    waitingBytes: optional(above0('a number of bytes')),
    access: optional(access),
  },
  'createRaster: ',
);

/** @throws UsageError */
export function checkRun(planned: unknown, settings: RunSettings): void {
  const isWhole = isObject(planned) && 'plan' in planned;
  kind('what planRequest gives', isPlan)('run: the plan', isWhole ? planned['plan'] : planned);
  if (isWhole) aList('run: snapshots', planned['snapshots']);
  run('run: settings', settings);
}

/** @throws UsageError */
export function checkRequest(given: Request): void {
  request('planRequest: request', given);
}

/** @throws UsageError */
export function checkOpen(location: string, given: OpenOptions): void {
  aText('openRaster: the location', location);
  open('openRaster: options', given);
}

/** @throws UsageError */
export function checkCreate(location: string, given: CreateOptions): void {
  aText('createRaster: the location', location);
  if (locationKind(location) === 'http') throw new UsageError(`createRaster: the location is ${locationName(location)}, wanted a path or an s3:// URL`);
  create('createRaster: options', given);
}
