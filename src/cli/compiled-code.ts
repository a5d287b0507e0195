import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** What Node gives to a CommonJS file, and in place of `import()` a function: code that was kept has no way to it. */
const PARAMETERS = 'exports, require, module, __filename, __dirname, __import';

type Program = (exports: object, require: NodeJS.Require, module: object, filename: string, folder: string, load: (name: string) => Promise<unknown>) => void;

/** Where the code lies that this V8 made of a program when it was built; another V8 makes its own, each time. */
export const codePath = (file: string): string => `${file}.${process.versions.v8}-${process.arch}.cache`;

/**
 * Compiles a program that is one CommonJS file, in ASCII: where its code is at hand, that is taken, unless V8 finds that it is of
 * another V8, of other flags or of a source of another length.
 */
export function compileProgram(file: string): Script {
  const source = readFileSync(file, 'latin1');
  let cachedData: Buffer | undefined;
  try {
    cachedData = readFileSync(codePath(file));
  } catch {
    // It is compiled now.
  }
  return new Script(`(function (${PARAMETERS}) { ${source}\n})`, { filename: file, ...(cachedData && { cachedData }) });
}

/** Runs a program that was compiled, as Node runs a CommonJS file. What it imports is found from this module's folder, `dist/bundle/cli`. */
export function runProgram(script: Script, file: string): void {
  const module = { exports: {} };
  const load = (name: string): Promise<unknown> => import(name);
  (script.runInThisContext() as Program)(module.exports, createRequire(file), module, file, dirname(file), load);
}
