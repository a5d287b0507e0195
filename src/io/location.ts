import { existsSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { UsageError } from '../errors.js';

/** Where bytes are, as the user says it: a path, a URL, or `-` for standard input and output. */
export type LocationKind = 'file' | 'http' | 's3' | 'standard';

export const STANDARD_STREAM = '-';

export function locationKind(location: string): LocationKind {
  if (location === STANDARD_STREAM) return 'standard';
  if (/^https?:\/\//i.test(location)) return 'http';
  return /^s3:\/\//i.test(location) ? 's3' : 'file';
}

/** Whether a network lies between here and there. */
export const isRemote = (location: string): boolean => ['http', 's3'].includes(locationKind(location));

/** What messages call a location. A password or a signature in a URL is nobody else's business. */
export function locationName(location: string): string {
  if (location === STANDARD_STREAM) return 'standard input';
  if (locationKind(location) !== 'http') return location;
  if (!URL.canParse(location)) return location.replace(/\/\/.*@/s, '//').replace(/\?.*/s, '?...');
  const { protocol, host, pathname, search } = new URL(location);
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?...'}`;
}

/** @throws UsageError where a location is empty, as a variable that is not set gives */
export function refuseEmpty(what: 'input' | 'output', location: string): void {
  if (location === '') throw new UsageError(`the ${what}'s name is empty: wanted a path or a URL`);
}

/** Whether a path can only be a folder's. */
export const namesFolder = (path: string): boolean => path.endsWith('/') || path.endsWith(sep);

/** A URL of another kind, or one of GDAL's virtual files. */
const FOREIGN = /^(?:[a-z][a-z0-9+.-]*:\/\/|\/vsi[a-z0-9_]+\/)/i;

/** @throws UsageError where a location is one that other programs know, and no folder of that name is there */
export function refuseForeign(location: string): void {
  if (locationKind(location) !== 'file' || !FOREIGN.test(location) || existsSync(dirname(location))) return;
  throw new UsageError(`${location.replace(/\/\/.*@/s, '//')}: rastq knows paths, http:// and https:// URLs to read, and s3:// URLs`);
}

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** @throws UsageError where it is not `s3://BUCKET/KEY` */
export function parseS3Location(location: string): S3Location {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/is.exec(location) ?? [];
  if (bucket === undefined || key.endsWith('/')) throw new UsageError(`${location}: wanted s3://BUCKET/KEY`);
  return { bucket, key };
}

/** @throws UsageError where it is no URL, or one whose name or password cannot be read */
export function parseUrl(location: string): URL {
  if (!URL.canParse(location)) throw new UsageError(`${locationName(location)}: is not a valid URL`);
  const url = new URL(location);
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    throw new UsageError(`${locationName(location)}: its name or password has a % that stands for no character, write %25 for a %`);
  }
  return url;
}
