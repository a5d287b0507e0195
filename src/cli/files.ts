import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { ioError, UsageError } from '../errors.js';
import { locationKind, locationName, parseUrl, refuseForeign, STANDARD_STREAM } from '../io/location.js';
import type { RunFlags } from './options.js';
import { pathName } from './path-name.js';

/** The options of commands that take one file or many. */
export interface FilesFlags extends RunFlags {
  readonly outDir?: string;
  readonly filesFrom?: string;
}

/** An input and its output. */
export interface FilePair {
  readonly input: string;
  readonly output: string;
}

/** Adds what says which files: `IN OUT`, or `--out-dir DIR` and any number. */
export function addFileArguments(command: Command): void {
  command
    .usage(`[options] <in> <out>\n       rastq ${command.name()} [options] --out-dir <dir> <in…>`)
    .argument('[files...]', 'input and output GeoTIFF; with --out-dir inputs only')
    .addOption(new Option('--out-dir <dir>', 'where the outputs of many inputs go, under the names of these').argParser(pathName))
    .addOption(new Option('--files-from <file>', 'more inputs, one a line; - is standard input').argParser(pathName));
}

/** The files that a command line names. @throws UsageError, IoError where the list cannot be read */
export function readFiles(command: string, paths: readonly string[], { outDir, filesFrom, reportFile, html }: FilesFlags): FilePair[] {
  if (outDir === undefined) {
    if (filesFrom !== undefined) throw new UsageError('--files-from is for many inputs: give --out-dir DIR');
    const [input, output] = paths;
    if (paths.length < 2) throw new UsageError(`missing required argument '${paths.length === 0 ? 'in' : 'out'}'`);
    if (paths.length > 2) throw new UsageError(`too many arguments for '${command}', wanted 2, got ${paths.length}: for many inputs give --out-dir DIR`);
    refuseMangled('the output', output);
    return [{ input, output }];
  }
  if (reportFile !== undefined) throw new UsageError('--report-file is for one input: with --out-dir give --json');
  if (html !== undefined) throw new UsageError('--html is for one input');
  refuseMangled('--out-dir', outDir);
  refuseForeign(outDir);
  const inputs = [...paths, ...(filesFrom === undefined ? [] : readList(filesFrom))];
  if (inputs.length === 0) throw new UsageError('no input given');
  const outputs = new Map<string, string>();
  return inputs.map((input) => {
    const output = within(outDir, fileName(input));
    const other = outputs.get(output);
    if (other !== undefined) throw new UsageError(`${locationName(input)} and ${locationName(other)}: both would become ${output}`);
    outputs.set(output, input);
    return { input, output };
  });
}

/**
 * Node reads a command line as UTF-8, and has U+FFFD for what is none: what is written would have another name, that of another's file
 * perhaps. @throws UsageError
 */
export function refuseMangled(what: string, path: string): void {
  if (path.includes('\uFFFD')) throw new UsageError(`${what} ${path}: a name that is not UTF-8 cannot be passed on, wanted one that is, without U+FFFD`);
}

/** What the file that a location names is called. @throws UsageError where it has no name */
function fileName(input: string): string {
  if (input === STANDARD_STREAM) throw new UsageError('standard input has no name to give its output: give - and an output, without --out-dir');
  const name = basename(locationKind(input) === 'http' ? parseUrl(input).pathname : input);
  if (name === '') throw new UsageError(`${locationName(input)}: names no file`);
  return name;
}

/** A file of a folder, or an object whose key begins as the URL does. */
function within(folder: string, name: string): string {
  return locationKind(folder) === 'file' || folder === STANDARD_STREAM ? join(folder, name) : `${folder.replace(/\/+$/, '')}/${name}`;
}

/** Paths, one a line; where there is a NUL in them, one up to each NUL, as `find -print0` writes them. Editors put a BOM before the first. */
function readList(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw ioError(path === '-' ? 'standard input' : path, 'cannot read', cause);
  }
  const lines = text.replace(/^\uFEFF/, '');
  return lines.split(lines.includes('\0') ? '\0' : /\r?\n/).filter((line) => line !== '');
}
