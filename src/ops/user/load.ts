import { register } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemCode, textOf, UsageError } from '../../errors.js';
import type { Operation } from '../operation.js';
import { adaptOperation, type UserFunction, type UserOperation } from './adapt.js';
import type { UserReference } from './reference.js';

let isHooked = false;

/**
 * Loads a user's operation. In the main thread, and once more in each worker: no function ever crosses.
 * @throws UsageError where there is no such module or export, or where it is no operation
 */
export async function loadUserOperation({ path, exported }: UserReference): Promise<Operation> {
  const text = exported === 'default' ? path : `${path}:${exported}`;
  const module = await importModule(path);
  if (!Object.hasOwn(module, exported)) {
    const names = Object.keys(module);
    throw new UsageError(`${path}: has no export ${exported}: ${names.length === 0 ? 'it exports nothing' : `there are ${names.join(', ')}`}`);
  }
  const found = module[exported];
  if (typeof found === 'function') return adaptOperation(text, { kernel: found as UserFunction });
  if (typeof found === 'object' && found !== null && typeof (found as Partial<UserOperation>).kernel === 'function') {
    return adaptOperation(text, found as UserOperation);
  }
  throw new UsageError(`${text}: wanted a function, or an object with a kernel function, got ${found === null ? 'null' : typeof found}`);
}

async function importModule(path: string): Promise<Record<string, unknown>> {
  if (!isHooked) {
    register('./own-packages.js', import.meta.url);
    isHooked = true;
  }
  const url = pathToFileURL(resolve(path)).href;
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[mc]?ts$/.test(path)) {
      throw new UsageError(`${path}: Node ${process.versions.node} does not read TypeScript: give JavaScript, or run rastq on Node 22.18 or later`, { cause });
    }
    throw new UsageError(`${path}: cannot be loaded: ${textOf(cause)}`, { cause });
  }
}
