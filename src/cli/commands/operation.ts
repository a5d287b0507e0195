import { Command } from 'commander';
import { makeFolder } from '../../io/folder.js';
import { locationKind } from '../../io/location.js';
import type { Operation } from '../../ops/operation.js';
import type { Request } from '../../pipeline/request.js';
import { StagePool } from '../../pools/stage-pool.js';
import { addAccessOptions } from '../access-options.js';
import { isStopped } from '../exit-code.js';
import { addFileArguments, type FilesFlags, readFiles } from '../files.js';
import { runLogged } from '../logged-run.js';
import { addOperationOptions, addRunOptions, checkFlags, operationParams } from '../options.js';

/** The command of an operation: `rastq NAME IN OUT`, or `rastq NAME --out-dir DIR FILES`. */
export function operationCommand(operation: Operation): Command {
  const command = new Command(operation.name).description(operation.summary);
  addFileArguments(command);
  addOperationOptions(command, operation);
  addRunOptions(command);
  addAccessOptions(command);
  return command.action((paths: string[], flags: FilesFlags) => {
    const params = operationParams(operation, flags as unknown as Record<string, unknown>);
    return runFiles(operation.name, paths, flags, () => Promise.resolve([{ operation: operation.name, params }]));
  });
}

/**
 * Runs operations on each of the files that the command line names. Where one fails, the others go on; the worst
 * failure decides the exit code.
 * @param readSteps tells which operations; what it throws ends it all
 */
export async function runFiles(
  command: string,
  paths: readonly string[],
  flags: FilesFlags,
  readSteps: () => Promise<Request['steps']>,
): Promise<void> {
  const files = readFiles(command, paths, flags);
  await StagePool.with(async (stages) => {
    if (flags.outDir === undefined) {
      const [{ input, output }] = files;
      await runLogged({ inputs: [input], output }, flags, async (common) => ({ ...common, input, output, steps: await readSteps() }), stages);
      return;
    }
    checkFlags(flags);
    const steps = await readSteps();
    if (!flags.dryRun && locationKind(flags.outDir) === 'file') makeFolder(flags.outDir);
    for (const { input, output } of files) {
      await runLogged({ inputs: [input], output }, flags, (common) => Promise.resolve({ ...common, input, output, steps }), stages);
      if (isStopped()) return;
    }
  });
}
