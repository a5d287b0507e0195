import { Command, Option } from 'commander';
import { UsageError } from '../../errors.js';
import type { Operation } from '../../ops/operation.js';
import { calcRequest, type NamedInput } from '../../pipeline/calc-request.js';
import type { Request } from '../../pipeline/request.js';
import { StagePool } from '../../pools/stage-pool.js';
import { addAccessOptions } from '../access-options.js';
import { refuseMangled } from '../files.js';
import { addOperationOptions, addRunOptions, operationParams, type RunFlags } from '../options.js';
import { type CommonRequest, runLogged } from '../logged-run.js';

interface CalcFlags extends RunFlags {
  readonly input: readonly NamedInput[];
}

/** `rastq calc OUT --expr E --input IN [--input a=IN2]`: an expression of bands of one raster or several. */
export function calcCommand(operation: Operation): Command {
  const command = new Command('calc').description(operation.summary).argument('<out>', 'output GeoTIFF: a path, s3:// URL, or - for standard output');
  addOperationOptions(command, operation);
  command.addOption(
    new Option('--input <file>', 'input GeoTIFF, a path or URL or -, repeatable: b1 is the first one\'s band 1, a.b1 that of a=FILE')
      .argParser((word: string, inputs: readonly NamedInput[]) => [...inputs, readInput(word)])
      .default([], 'none'),
  );
  addRunOptions(command);
  addAccessOptions(command);
  // Several inputs are what it is for, and there are no colours to look up in numbers.
  return command.allowExcessArguments().action(async (output: string, flags: CalcFlags) => {
    const { length } = command.args;
    if (length > 1) throw new UsageError(`too many arguments for 'calc', wanted 1, the output, got ${length}: give inputs as --input FILE`);
    refuseMangled('the output', output);
    const params = operationParams(operation, flags as unknown as Record<string, unknown>) as { readonly expr: string };
    const files = { inputs: flags.input.map(({ path }) => path), output };
    const readRequest = async ({ expand, ...common }: CommonRequest): Promise<Request> => {
      if (flags.input.length === 0) throw new UsageError('no input given: --input FILE');
      if (expand !== undefined) throw new UsageError('--expand rgb: calc takes indexes as they are, expand them to a file first');
      return calcRequest({ ...common, inputs: flags.input, output, params });
    };
    await StagePool.with((stages) => runLogged(files, flags, readRequest, stages));
  });
}

/** `NAME=FILE`, or `FILE`: a file whose name looks like the former is given as `./FILE`. */
function readInput(word: string): NamedInput {
  const named = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(word);
  return named === null ? { name: null, path: word } : { name: named[1], path: named[2] };
}
