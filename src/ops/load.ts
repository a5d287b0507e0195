import { readdirSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { loadModule } from '../load-module.js';
import type { Operation } from './operation.js';
import { parseReference } from './user/reference.js';

const HERE = new URL('.', import.meta.url);
const NOT_OPERATIONS = new Set(['operation.js', 'load.js', 'params.js']);

/** The names of the operations in this folder, in alphabetical order: the folder is the registry. */
export function operationNames(): string[] {
  return readdirSync(HERE)
    .filter((file) => file.endsWith('.js') && !NOT_OPERATIONS.has(file))
    .map((file) => file.slice(0, -'.js'.length))
    .sort();
}

/**
 * Loads an operation: by name, or a user's own by its module's path and export, `./mine.mjs:halveIt`.
 * @throws UsageError where there is none
 */
export async function loadOperation(name: string): Promise<Operation> {
  const reference = parseReference(name);
  if (reference !== null) return (await import('./user/load.js')).loadUserOperation(reference);
  const names = operationNames();
  if (!names.includes(name)) throw new UsageError(`no operation "${name}": there are ${names.join(', ')}`);
  const module = (await loadModule(new URL(`${name}.js`, HERE).href)) as { default: Operation };
  return module.default;
}
