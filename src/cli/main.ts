import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT_CODES, ioError, systemCode, UsageError } from '../errors.js';
import { loadOperation, operationNames } from '../ops/load.js';
import type { Operation } from '../ops/operation.js';
import { calcCommand } from './commands/calc.js';
import { compareCommand } from './commands/compare.js';
import { infoCommand } from './commands/info.js';
import { operationCommand } from './commands/operation.js';
import { opsCommand } from './commands/ops.js';
import { runCommand } from './commands/run.js';
import { statsCommand } from './commands/stats.js';
import { thumbnailsCommand } from './commands/thumbnails.js';
import { earn } from './exit-code.js';
import { exitCodeOf, failureLine } from './log.js';
import { toItsEnd } from './signals.js';
import { print, standardOutput } from './standard-output.js';
import { printable } from '../report/printable.js';
import { endWithUsers } from './users-modules.js';

const EXIT_HELP = `
Exit codes: 0 the output is complete, 2 usage, 3 unsupported, 4 damaged input, 5 I/O, 6 an operation failed or ended the
process, or workers died more often than --retries allows, 7 rasters differ (compare), 1 a bug, 129, 130 and 143
stopped by SIGHUP, SIGINT and SIGTERM, 141 nobody read standard output to its end. A failed run leaves no output of its own.`;

/** An operation's own command: that of one that takes several inputs is another one. */
const commandOf = (operation: Operation): Command => (operation.name === 'calc' ? calcCommand(operation) : operationCommand(operation));

/** Without it Node loads no user's module and starts no thread, and says so late or never. @throws IoError */
function checkWorkingFolder(): void {
  try {
    process.cwd();
  } catch (cause) {
    throw ioError('the working directory', 'is gone', cause);
  }
}

async function main(words: readonly string[]): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
  const program = new Command('rastq')
    .description('Transform rasters larger than memory, window by window, in parallel.')
    .version(version)
    .addHelpText('after', EXIT_HELP)
    .hook('preAction', checkWorkingFolder);
  const [first] = words;
  // An operation that is named is loaded alone, to be quick; for the help and for what is misspelt, all of them.
  const names = operationNames();
  for (const name of names.includes(first) ? [first] : names) program.addCommand(commandOf(await loadOperation(name)));
  program.addCommand(runCommand()).addCommand(opsCommand());
  program.addCommand(infoCommand()).addCommand(statsCommand()).addCommand(compareCommand()).addCommand(thumbnailsCommand());
  for (const command of [program, ...program.commands]) {
    // Commander's own words come as an error here, so that a wrong command line ends like any other failure: one line.
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: print });
  }
  if (words.length === 0) throw new UsageError('no command given, see: rastq --help');
  await program.parseAsync(words, { from: 'user' });
}

// A reader that has heard enough, as in `rastq … | head`, is no failure of ours; a full disk behind stdout is one.
for (const stream of new Set([standardOutput, process.stdout, process.stderr])) {
  stream.on('error', (cause) => {
    const code = systemCode(cause);
    // What is printed to a terminal that is closed is lost by EIO.
    if (code === 'EPIPE' || (code === 'EIO' && 'isTTY' in stream && stream.isTTY)) return;
    earn(EXIT_CODES.IoError);
    if (stream !== process.stderr) process.stderr.write(`rastq: ${failureLine(ioError('standard output', 'cannot write', cause))}\n`);
  });
}

// Nothing waits for it by a top-level await, which a CommonJS file cannot have.
void toItsEnd(() => main(process.argv.slice(2))).catch(tellFailure).then(endWithUsers);

function tellFailure(error: unknown): void {
  if (!(error instanceof CommanderError)) {
    process.stderr.write(`rastq: ${failureLine(error)}\n`);
    earn(exitCodeOf(error));
  } else if (error.exitCode !== 0) {
    process.stderr.write(`rastq: ${printable(commandLineFault(error))}\n`);
    earn(EXIT_CODES.UsageError);
  }
}

/** What GDAL's programs call otherwise. */
const OPTIONS_OF_GDAL: Readonly<Record<string, string>> = { '-co': '--co KEY=VALUE', '-ot': '--dtype T', '-of': '--of FORMAT', '-a_nodata': '--nodata V' };

/** Commander shows help for a command it does not know; here that is said in a line. */
function commandLineFault({ code, message }: CommanderError): string {
  if (code === 'commander.help') return `unknown command '${process.argv.slice(2).join(' ')}', see: rastq --help`;
  const [, short = ''] = /^error: unknown option '(-[a-z_]+)'/.exec(message) ?? [];
  if (Object.hasOwn(OPTIONS_OF_GDAL, short)) return `unknown option '${short}', wanted ${OPTIONS_OF_GDAL[short]}`;
  return message.replace(/^error: /, '').replaceAll('\n', ' ');
}
