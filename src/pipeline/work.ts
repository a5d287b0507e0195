import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ioError, UsageError } from '../errors.js';
import { timeOf, versionOf } from '../io/file-source.js';
import { isRemote, locationName } from '../io/location.js';
import { parseReference } from '../ops/user/reference.js';
import type { Plan } from './plan.js';

/** All that an output's bytes follow from, as plain JSON: two runs of the same work make the same file. */
export interface Work {
  /** Of everything else in it. */
  readonly hash: string;
  /** The version of this program: another one may encode otherwise. */
  readonly program: string;
  /** The plan, its inputs under names that do not depend on where it is run, and with their sizes and versions. */
  readonly plan: unknown;
  /** The modules that users' operations are in. */
  readonly modules: readonly ModuleFile[];
}

interface ModuleFile {
  readonly path: string;
  readonly bytes: number;
  readonly version: string;
}

/** @throws UsageError where an input's version is not known; IoError where a module cannot be found */
export function workOf(plan: Plan): Work {
  const program = (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
  const references = plan.steps.map(({ operation }) => parseReference(operation)).filter((reference) => reference !== null);
  const own = { program, plan: placeless(plan), modules: references.map(({ path }) => moduleFile(path)) };
  return { hash: createHash('sha256').update(JSON.stringify(own)).digest('hex'), ...own };
}

function moduleFile(path: string): ModuleFile {
  try {
    const { size, mtimeNs } = statSync(path, { bigint: true });
    return { path: resolve(path), bytes: Number(size), version: versionOf(mtimeNs) };
  } catch (cause) {
    throw ioError(path, 'cannot look at it', cause);
  }
}

/**
 * The plan without the output's path, beside which its journal lies, and without how it is cut into tasks, which changes
 * no byte; with whole paths of inputs and modules.
 */
function placeless(plan: Plan): unknown {
  const { input, steps, window, output } = plan;
  return {
    version: plan.version,
    input: withWholePaths(input),
    window,
    steps: steps.map((step) => ({ ...step, statistics: undefined, operation: parseReference(step.operation) === null ? step.operation : resolve(step.operation) })),
    output: { ...output, path: undefined },
  };
}

/** Images are the parts of a plan that have a path; what signs a URL anew each day is left out. */
function withWholePaths(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withWholePaths);
  if (typeof part !== 'object' || part === null) return part;
  const entries = Object.entries(part).map(([key, value]) => [key, withWholePaths(value)] as const);
  const whole = Object.fromEntries(entries) as Record<string, unknown>;
  const { path, bytes, version } = whole;
  if (typeof path !== 'string' || bytes === undefined) return whole;
  if (version === undefined) throw new UsageError(`--resume: ${locationName(path)} tells neither an ETag nor when it was changed, so a change of it could not be noticed`);
  return { ...whole, path: isRemote(path) ? locationName(path) : resolve(path) };
}

/** How two works differ, in words; undefined: they are the same. */
export function differenceOf(before: Work, now: Work): string | undefined {
  if (before.hash === now.hash) return undefined;
  if (before.program !== now.program) return `was begun by rastq ${before.program}, this is ${now.program}`;
  const [keys, then, today] = firstDifference([], before, now)!;
  const [owner, last] = [valueAt(now, keys.slice(0, -1)) as { readonly path?: string }, keys.at(-1)];
  if (owner.path !== undefined && (last === 'version' || last === 'bytes')) return `was begun before ${owner.path} changed (${change(last, then, today)})`;
  return `was begun with other options (${keys.slice(1).join('.')}: ${shown(then)}, now ${shown(today)})`;
}

function change(what: string, then: unknown, now: unknown): string {
  if (what === 'bytes') return `${String(then)} bytes, now ${String(now)}`;
  const isTime = [then, now].every((version) => /^\d{15,}$/.test(String(version)));
  return isTime ? `last at ${timeOf(String(then))}, now at ${timeOf(String(now))}` : `${shown(then)}, now ${shown(now)}`;
}

const shown = (value: unknown): string => (value === undefined ? 'not given' : JSON.stringify(value).slice(0, 200));

type Difference = readonly [keys: readonly string[], before: unknown, now: unknown];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function firstDifference(keys: readonly string[], before: unknown, now: unknown): Difference | undefined {
  if (!isObject(before) || !isObject(now)) return Object.is(before, now) ? undefined : [keys, before, now];
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    if (key === 'hash' && keys.length === 0) continue;
    const found = firstDifference([...keys, key], before[key], now[key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueAt(root: unknown, keys: readonly string[]): unknown {
  return keys.reduce((value, key) => (value as Record<string, unknown>)[key], root);
}
