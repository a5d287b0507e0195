import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { isRastqError, textOf, UsageError } from '../errors.js';
import { type Operation, type Params, readValue } from '../ops/operation.js';
import { BOUNDS } from '../pipeline/bounds.js';
import { QUEUE_MODES, type QueueMode } from '../pipeline/conveyor.js';
import { type Endurance, STANDARD_ENDURANCE } from '../pools/pool.js';
import { POOL_KINDS, type PoolKind } from '../pools/stage.js';
import { RESAMPLINGS, type Resampling } from '../raster/resampling.js';
import { STANDARD_STREAM } from '../io/location.js';
import { byteCount } from './byte-count.js';
import type { AccessFlags } from './access-options.js';
import type { LogFlags } from './log.js';
import { pathName } from './path-name.js';

/** The options that every command on rasters has, as commander gives them. */
export interface RunFlags extends AccessFlags, LogFlags {
  readonly workers: number;
  readonly queue: QueueMode;
  readonly queueSize?: number;
  readonly pool?: PoolKind;
  readonly taskTimeout?: number;
  readonly window: number;
  readonly page?: number;
  readonly expand?: 'rgb';
  readonly of: 'GTiff' | 'COG';
  readonly overviewResampling?: Resampling;
  readonly co: readonly string[];
  /** Bytes. */
  readonly maxMemory?: number;
  readonly overwrite: boolean;
  readonly fsync: boolean;
  readonly resume: boolean;
  readonly verify: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly reportFile?: string;
  readonly html?: string;
  readonly progress?: boolean;
}

/** Adds the options that say how to run and what to report. */
export function addRunOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-j, --workers <n>', 'workers in the pool').argParser(wholeNumber(...BOUNDS.workers)).default(availableParallelism(), 'the cores there are'),
    )
    .addOption(new Option('-q, --queue <mode>', 'bounded, or none: read the whole raster first').choices([...QUEUE_MODES]).default('bounded'))
    .addOption(new Option('--queue-size <n>', 'tasks a queue holds (default: one for each worker, at least 2, as memory allows)').argParser(wholeNumber(...BOUNDS.queueSize)))
    .addOption(new Option('--max-memory <size>', 'the most memory to take, as in 500M or 2G (default: half of what is available)').argParser(byteCount))
    .addOption(new Option('--pool <kind>', 'what a worker is (default: threads; none for small rasters)').choices([...POOL_KINDS]))
    .addOption(taskTimeoutOption())
    .addOption(new Option('--window <n>', 'edge of the processing window, pixels').argParser(wholeNumber(1, 2 ** 31 - 1)).default(256))
    .addOption(new Option('--page <n>', 'which of the input\'s full images, from 1 (default: the first)').argParser(wholeNumber(...BOUNDS.page)))
    .addOption(new Option('--expand <kind>', 'rgb: look the input\'s indexes up in its colour table').choices(['rgb']))
    .addOption(new Option('--of <format>', 'GTiff, or COG: cloud-optimised, with overviews').argParser(outputFormat).default('GTiff'))
    .addOption(new Option('--overview-resampling <kind>', 'how a COG\'s overviews are made (default: average)').choices([...RESAMPLINGS]))
    .addOption(new Option('--co <key=value>', 'GDAL creation option, repeatable').argParser(collect).default([], "the input's"))
    .option('--overwrite', 'replace an existing output', false)
    .option('--fsync', 'have the output on the disk before it appears, as a power cut may come', false)
    .option('--resume', 'go on with a run that failed or was killed; where the output is complete do nothing', false)
    .option('--verify', 'read the finished file back, decode it, and compare it with what was encoded, before it appears', false)
    .option('--dry-run', 'print the plan as JSON, touch nothing', false)
    .option('--json', 'print the run report as JSON on stdout', false)
    .addOption(new Option('--report-file <file>', 'write the JSON report to a file').argParser(pathName))
    .addOption(new Option('--html <file>', 'write a page that shows the run over time').argParser(pathName))
    .option('-v, --verbose', 'say more, stacks of errors too', false)
    .option('--quiet', 'say nothing but why a run failed', false)
    .addOption(new Option('--log-format <format>', 'how stderr is written (default: pretty on a terminal, else json)').choices(['pretty', 'json']))
    .addOption(new Option('--progress', 'show progress on stderr (default: on a terminal)'))
    .addOption(new Option('--no-progress', 'show no progress'));
}

export function taskTimeoutOption(): Option {
  const help = `seconds that a task may take, then its worker is replaced; 0: any time (default: ${STANDARD_ENDURANCE.timeoutMs / 1000})`;
  return new Option('--task-timeout <s>', help).argParser(wholeNumber(0, 2_000_000));
}

/** @throws UsageError */
export function checkTaskTimeout({ pool, taskTimeout }: { readonly pool?: PoolKind; readonly taskTimeout?: number }): void {
  if (pool !== 'inline' || taskTimeout === undefined || taskTimeout === 0) return;
  throw new UsageError('--task-timeout and --pool inline contradict each other: what runs without workers cannot be ended');
}

/** How a pool deals with workers that die, from the options that say so. */
export function enduranceOf({ retries, taskTimeout }: { readonly retries?: number; readonly taskTimeout?: number }): Endurance {
  return {
    retries: retries ?? STANDARD_ENDURANCE.retries,
    timeoutMs: taskTimeout === undefined ? STANDARD_ENDURANCE.timeoutMs : taskTimeout === 0 ? Infinity : taskTimeout * 1000,
  };
}

/** Adds an operation's own parameters as options. */
export function addOperationOptions(command: Command, operation: Operation): Command {
  for (const [name, { placeholder, help, standard, required, parse }] of Object.entries(operation.params)) {
    const value = placeholder === undefined ? '' : ` <${placeholder}>`;
    const option = new Option(`--${kebab(name)}${value}`, help).argParser((text: string) => checked(() => parse(text)));
    if (required) option.makeOptionMandatory();
    command.addOption(standard === undefined ? option : option.default(standard, printed(standard)));
  }
  return command;
}

/**
 * Reads what a user wrote of one step of a chain: `name`, or `name:param=value:flag`. Parameters are named as they are on
 * the command line of the operation.
 * @returns its parameters, those not given at their standard values
 * @throws UsageError
 */
export function parseStepParams(operation: Operation, words: readonly string[]): Params {
  const names = Object.keys(operation.params);
  const given = new Map<string, unknown>();
  for (const word of words) {
    const end = word.includes('=') ? word.indexOf('=') : word.length;
    const name = names.find((param) => kebab(param) === word.slice(0, end));
    if (name === undefined && operation.takesAnyParams === true && end < word.length) {
      given.set(word.slice(0, end), readValue(word.slice(end + 1)));
      continue;
    }
    if (name === undefined) {
      throw new UsageError(`${operation.name} has no parameter "${word.slice(0, end)}": ${names.length === 0 ? 'it has none' : `there are ${names.map(kebab).join(', ')}`}`);
    }
    const { parse, placeholder } = operation.params[name];
    if ((placeholder === undefined) !== (end === word.length)) {
      throw new UsageError(`${operation.name}: ${placeholder === undefined ? `${kebab(name)} takes no value` : `wanted ${kebab(name)}=${placeholder}`}`);
    }
    given.set(name, parsed(`${operation.name}: ${kebab(name)}`, () => parse(word.slice(end + 1))));
  }
  const missing = names.find((name) => operation.params[name].required === true && !given.has(name));
  if (missing !== undefined) throw new UsageError(`${operation.name}: wanted ${kebab(missing)}=${operation.params[missing].placeholder ?? ''}`);
  const standards = names.filter((name) => !given.has(name)).map((name) => [name, operation.params[name].standard] as const);
  return Object.fromEntries([...standards, ...given]);
}

/** @throws UsageError that says what the parser threw, which may be a user's own; an error of rastq's own as it is */
function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (isRastqError(cause)) throw cause;
    throw new UsageError(`${what}: ${textOf(cause)}`, { cause });
  }
}

/** The parameters of an operation among the options given. */
export function operationParams(operation: Operation, flags: Record<string, unknown>): Params {
  return Object.fromEntries(Object.keys(operation.params).map((name) => [name, flags[name]]));
}

export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export function printed(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.values(value).join(',') : String(value);
}

/** Commander reports what its own error class says with the option's name; ours says it in full. */
function checked<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (isRastqError(error)) throw error;
    throw new InvalidArgumentError(textOf(error));
  }
}

/** A parser of whole numbers within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`wanted a whole number from ${min} to ${max}`);
    }
    return value;
  };
}

/** A format by GDAL's name, in any case. */
function outputFormat(text: string): 'GTiff' | 'COG' {
  const format = (['GTiff', 'COG'] as const).find((name) => name.toLowerCase() === text.toLowerCase());
  if (format === undefined) throw new InvalidArgumentError('wanted GTiff or COG');
  return format;
}

function collect(word: string, words: readonly string[]): string[] {
  return [...words, word];
}

/** @throws UsageError for options that contradict each other */
export function checkFlags(flags: RunFlags, output?: string): void {
  if (flags.verbose && flags.quiet) throw new UsageError('--verbose and --quiet contradict each other, give one of them');
  checkTaskTimeout(flags);
  if (flags.overviewResampling !== undefined && flags.of !== 'COG') throw new UsageError('--overview-resampling is for --of COG');
  if (output !== STANDARD_STREAM) return;
  for (const name of ['json', 'dryRun'] as const) {
    if (!flags[name]) continue;
    const remedy = name === 'json' ? 'give --report-file FILE for the report' : 'give a path as output to see the plan, or --report-file FILE for a report of a run';
    throw new UsageError(`--${kebab(name)} and the output - both want standard output: ${remedy}`);
  }
  if (process.stdout.isTTY) throw new UsageError('standard output is a terminal: send it to a file or a program, as in: rastq ... - > out.tif');
}
