import { UsageError } from '../errors.js';
import type { Access } from './access.js';
import type { ByteSource } from './byte-source.js';
import { openFile } from './file-source.js';
import { locationKind, locationName, refuseEmpty, refuseForeign } from './location.js';
import type { RangeClient } from './range-client.js';

/**
 * Opens what a location names: a local file, an object behind HTTP or S3, or the local copy of one.
 * @param version the one that is wanted, where it was opened before
 * @throws IoError where it cannot be opened or is another one; UsageError for a location of no known kind, and an empty one
 */
export async function openSource(location: string, access: Access, version?: string): Promise<ByteSource> {
  refuseEmpty('input', location);
  // A file may be called as something that every object has: `constructor`.
  const spool = Object.hasOwn(access.spools, location) ? access.spools[location] : undefined;
  if (spool !== undefined) return { ...openFile(spool), name: locationName(location) };
  const kind = locationKind(location);
  refuseForeign(location);
  if (kind === 'file') return openFile(location, version);
  if (kind === 'standard') throw new UsageError('standard input: copy it to a file first');
  const { openRemote } = await import('./remote-source.js');
  const client = await createRangeClient(location, access);
  try {
    return await openRemote(client, access, { location, version });
  } catch (error) {
    client.close();
    throw error;
  }
}

/** A client for a remote object. What it needs is loaded now: most runs need none of it. */
export async function createRangeClient(location: string, access: Access): Promise<RangeClient> {
  if (locationKind(location) === 'http') return new (await import('./http-client.js')).HttpRangeClient(location, access);
  return new (await import('./s3-range-client.js')).S3RangeClient(location, access);
}
