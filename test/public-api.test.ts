import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as api from '../src/index.js';

/** What a program may import. A name that goes away here breaks someone. */
const VALUES = [
  'EXIT_CODES',
  'EndOfQueue',
  'FormatError',
  'IoError',
  'ItemError',
  'OrderedQueue',
  'ProcessQueue',
  'Queue',
  'RastqError',
  'STANDARD_ACCESS',
  'SignalError',
  'UnsupportedError',
  'UsageError',
  'WorkerError',
  'checkTarget',
  'loadOperation',
  'moving',
  'operationNames',
  'parseCreationOptions',
  'planRequest',
  'prepareOutput',
  'prepareTarget',
  'runPlan',
  'standardQueueSize',
];

const TYPES = [
  'Access',
  'Accumulator',
  'AtomicTarget',
  'BandType',
  'CreationOptions',
  'DType',
  'Endurance',
  'ErrorKind',
  'Footprint',
  'Kernel',
  'Measure',
  'Moving',
  'Nodata',
  'Operation',
  'OutputType',
  'ParamSpec',
  'Params',
  'Pixels',
  'Plan',
  'PlanImage',
  'PlanInput',
  'PlanOutput',
  'Planned',
  'PoolKind',
  'ProcessQueueOptions',
  'Profile',
  'QueueMode',
  'QueueOptions',
  'Request',
  'Result',
  'RunOptions',
  'RunTotals',
  'S3Access',
  'S3Target',
  'Size',
  'SourceSnapshot',
  'Step',
  'Target',
  'Window',
];

/** The names that a source exports, by its `export { … } from` and `export type { … } from`. */
function exportedNames(source: string): { values: string[]; types: string[] } {
  const values: string[] = [];
  const types: string[] = [];
  for (const [, typeOnly, list] of source.matchAll(/export (type )?\{([^}]*)\} from/g)) {
    for (const name of (list ?? '').split(',').map((word) => word.trim())) {
      if (name === '') continue;
      if (typeOnly !== undefined || name.startsWith('type ')) types.push(name.replace(/^type /, ''));
      else values.push(name);
    }
  }
  return { values: values.sort(), types: types.sort() };
}

test('the package exports these values', () => assert.deepEqual(Object.keys(api).sort(), [...VALUES].sort()));

test('the source names all of them, and these types', () => {
  const { values, types } = exportedNames(readFileSync(new URL('../../src/index.ts', import.meta.url), 'utf8'));
  assert.deepEqual(values, [...VALUES].sort());
  assert.deepEqual(types, [...TYPES].sort());
});

test('exit codes are fixed', () => {
  assert.deepEqual({ ...api.EXIT_CODES }, { UsageError: 2, UnsupportedError: 3, FormatError: 4, IoError: 5, WorkerError: 6 });
});
