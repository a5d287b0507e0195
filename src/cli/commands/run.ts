import { Command, Option } from 'commander';
import { UsageError } from '../../errors.js';
import { loadOperation } from '../../ops/load.js';
import type { Params } from '../../ops/operation.js';
import { parseReference } from '../../ops/user/reference.js';
import { dtypeParam, nodataParam } from '../../ops/params.js';
import type { Request } from '../../pipeline/request.js';
import { addAccessOptions } from '../access-options.js';
import { addRunOptions, enduranceOf, parseStepParams } from '../options.js';
import { addFileArguments, type FilesFlags } from '../files.js';
import { loadUsers } from '../users-modules.js';
import { runFiles } from './operation.js';

interface ChainFlags extends FilesFlags {
  readonly op: readonly string[];
  /** The last operation's. */
  readonly dtype?: string;
  readonly nodata?: string;
}

/** `rastq run IN OUT --op a --op b:param=value`: operations one after the other, in one pass. */
export function runCommand(): Command {
  const command = new Command('run')
    .description('Run operations one after the other in one pass: what files between them would give.')
    .addOption(
      new Option('--op <name:param=value>', 'an operation and its parameters, repeatable, see: rastq ops')
        .argParser((word: string, words: readonly string[]) => [...words, word])
        .default([], 'none'),
    )
    .addOption(new Option('--dtype <T>', "the last operation's output sample type"))
    .addOption(new Option('--nodata <V>', "the last operation's output nodata value"));
  addFileArguments(command);
  addRunOptions(command);
  addAccessOptions(command);
  return command.action((paths: string[], flags: ChainFlags) => runFiles('run', paths, flags, () => readChain(flags)));
}

/** @throws UsageError */
async function readChain({ op, dtype, nodata, ...flags }: ChainFlags): Promise<Request['steps']> {
  if (op.length === 0) throw new UsageError('no operation given: --op NAME, see: rastq ops');
  const steps = await Promise.all(op.map((text) => readStep(text, enduranceOf(flags).timeoutMs)));
  const last = steps.at(-1)!;
  const own: Record<string, unknown> = {};
  if (dtype !== undefined) own['dtype'] = dtypeParam(undefined).parse(dtype);
  if (nodata !== undefined) own['nodata'] = nodataParam.parse(nodata);
  for (const name of Object.keys(own)) {
    if (!(name in last.params)) throw new UsageError(`--${name}: the last operation, ${last.operation}, has no such parameter`);
  }
  return [...steps.slice(0, -1), { ...last, params: { ...last.params, ...own } }];
}

/** @param timeoutMs what loading a user's module may take */
async function readStep(text: string, timeoutMs: number): Promise<{ operation: string; params: Params }> {
  const [first, ...words] = text.split(':');
  // Behind a module's path comes the name of what it exports.
  const isUsers = parseReference(first) !== null;
  const isExport = isUsers && words.length > 0 && !words[0].includes('=');
  const name = isExport ? `${first}:${words.shift()!}` : first;
  try {
    const operation = await (isUsers ? loadUsers(name, timeoutMs) : loadOperation(name));
    return { operation: name, params: parseStepParams(operation, words) };
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new UsageError(`--op ${text}: ${cause.message}`, { cause });
  }
}
