import type { Access } from '../io/access.js';
import { isRemote, STANDARD_STREAM } from '../io/location.js';
import type { Spool } from '../io/spool.js';
import { type AccessFlags, accessOf } from './access-options.js';
import { abortOnSignals } from './signals.js';

/**
 * Does some work on inputs that are reached as the flags say, standard input and with `--spool` remote ones by a local
 * copy that is gone afterwards.
 */
export async function withAccess<T>(inputs: readonly string[], flags: AccessFlags, work: (access: Access) => Promise<T>): Promise<T> {
  const access = accessOf(flags);
  const spools: Record<string, Spool> = {};
  try {
    for (const input of new Set(inputs)) {
      if (input !== STANDARD_STREAM && !(flags.spool && isRemote(input))) continue;
      const { spool } = await import('../io/spool.js');
      const signals = abortOnSignals();
      try {
        spools[input] = await spool(input, access, { folder: flags.spoolDir, mostBytes: flags.spoolMax, signal: signals.signal });
      } finally {
        signals.forget();
      }
    }
    const paths = Object.fromEntries(Object.entries(spools).map(([input, { path }]) => [input, path]));
    return await work({ ...access, spools: paths });
  } finally {
    for (const copy of Object.values(spools)) copy.remove();
  }
}
