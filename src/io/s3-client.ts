import { devNull, homedir } from 'node:os';
import type { S3Client } from '@aws-sdk/client-s3';
import { IoError, RastqError, systemCode, UsageError } from '../errors.js';
import type { Access, S3Access } from './access.js';
import { createAgents } from './agents.js';
import { locationKind } from './location.js';
import { isPassingStatus, networkFault } from './network-fault.js';
import { TransientError } from './retry.js';

export type S3Sdk = typeof import('./s3-sdk.js');

/** The SDK and a client of it. */
export interface S3Connection {
  readonly sdk: S3Sdk;
  readonly client: S3Client;
  /** Stops what is asked for over it, where nothing else does. */
  readonly signal: AbortSignal;
}

const NEVER = new AbortController().signal;

const SILENT = { trace: () => undefined, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Loads the AWS SDK and makes a client. Credentials come from the SDK's own chain: environment, shared files, SSO,
 * web identity, container and instance roles. Retries are not the SDK's but rastq's own, one policy for all.
 * @throws UsageError where the endpoint is no URL
 */
export async function connectS3({ s3, connections, timeoutMs }: Access, signal: AbortSignal = NEVER): Promise<S3Connection> {
  // Which Node.js rastq runs on is in its package.json; the SDK's notice of it would be the only line of a good run.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  // The SDK looks for a home folder whatever the environment says. Below what is no folder it finds no file, and goes on.
  if (!hasHome()) process.env['HOME'] = devNull;
  const sdk = await import('./s3-sdk.js');
  const endpoint = givenEndpoint(s3);
  // A store of one's own asks for some region's name only.
  const region = s3.region ?? (endpoint === undefined || process.env['AWS_REGION'] !== undefined ? undefined : 'us-east-1');
  const agents = createAgents({ keepAlive: true, maxSockets: connections });
  const client = new sdk.S3Client({
    ...(region === undefined ? {} : { region }),
    ...(s3.endpoint === undefined ? {} : { endpoint: s3.endpoint }),
    ...(s3.pathStyle === undefined ? {} : { forcePathStyle: s3.pathStyle }),
    ...(s3.unsigned ? { signer: { sign: (request) => Promise.resolve(request) }, credentials: { accessKeyId: '', secretAccessKey: '' } } : {}),
    maxAttempts: 1,
    requestHandler: { httpAgent: agents['http:'], httpsAgent: agents['https:'], connectionTimeout: timeoutMs, socketTimeout: timeoutMs },
    // Signed requests carry a SHA-256 already; trailers of checksums are beyond many stores.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With agents of ours a body does not wait for the answer that this would ask for.
    expectContinueHeader: false,
    logger: SILENT,
  });
  if (s3.pathStyle === undefined) {
    // A store of one's own seldom has a host name for each bucket. That there is one a profile may say, which the SDK reads later.
    const { endpointProvider } = client.config;
    client.config.endpointProvider = (params, context) => endpointProvider({ ...params, ForcePathStyle: params.Endpoint !== undefined }, context);
  }
  return { sdk, client, signal };
}

/** Whether the user has a home folder: one that the system does not know, as in containers, may have none. */
function hasHome(): boolean {
  try {
    homedir();
    return true;
  } catch {
    return false;
  }
}

/** What is given as an endpoint, by an option or as the SDK reads it; undefined: nothing, but perhaps in a profile. @throws UsageError where it is no URL */
function givenEndpoint({ endpoint }: S3Access): string | undefined {
  const variable = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'].find((name) => (process.env[name] ?? '') !== '');
  const given = endpoint ?? (variable === undefined ? undefined : process.env[variable]);
  if (given === undefined || (locationKind(given) === 'http' && URL.canParse(given))) return given;
  // Without a name and a password.
  const got = given.replace(/^.*@/s, '');
  throw new UsageError(`${endpoint === undefined ? variable! : '--s3-endpoint'}: wanted a URL as in https://HOST:PORT, got ${got === '' ? 'nothing' : got}`);
}

interface Fault {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** What an error of the SDK means, by S3's own name for it. `{}` stands for what the user gave. */
const MEANINGS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no such bucket',
  NoSuchKey: 'there is no such object',
  NotFound: 'there is no such bucket or object',
  NoSuchUpload: 'the upload is gone: something else has ended it',
  AccessDenied: 'no permission: look at the policies of the bucket and of who the credentials stand for',
  Forbidden: 'no permission: look at the credentials, and at the policies of the bucket and of who they stand for',
  InvalidAccessKeyId: 'the access key is not known there: look at AWS_ACCESS_KEY_ID, AWS_PROFILE and the endpoint',
  SignatureDoesNotMatch: 'the secret is wrong: look at AWS_SECRET_ACCESS_KEY or the profile',
  ExpiredToken: 'the credentials have expired: get new ones',
  ExpiredTokenException: 'the credentials have expired: get new ones',
  InvalidToken: 'the session token is not valid: look at AWS_SESSION_TOKEN',
  CredentialsProviderError: 'no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or give --s3-unsigned for a public bucket',
  TokenProviderError: 'the login has expired: log in again, with aws sso login',
  RequestTimeTooSkewed: 'this machine\'s clock is wrong',
  InvalidObjectState: 'the object is archived: restore it first',
  PermanentRedirect: 'the bucket is in another region',
  AuthorizationHeaderMalformed: 'the bucket is in another region',
  IllegalLocationConstraintException: 'the bucket is in another region',
  EntityTooLarge: 'the object is larger than the store takes',
  QuotaExceeded: 'the quota is used up',
};

/** What the SDK says to who debugs it, of an answer that it cannot read. */
const SDK_HINT = /\s*Deserialization error: .*$/s;

const PASSING_NAMES = ['SlowDown', 'InternalError', 'ServiceUnavailable', 'RequestTimeout', 'ThrottlingException', 'TimeoutError', 'OperationAborted'];

/**
 * What a failed request to S3 is: to be tried again, or an error in one line.
 * @param step what was being done: `cannot open` ...
 */
export function s3Fault(name: string, step: string, error: unknown): TransientError | RastqError {
  if (error instanceof RastqError || error instanceof TransientError) return error;
  const { name: kind, message, $metadata, $response } = error as Fault;
  const status = $metadata?.httpStatusCode;
  // The SDK makes no request of a bucket, a region or a profile's endpoint that can be none.
  if (kind === 'EndpointError' || systemCode(error) === 'ERR_INVALID_URL' || /^region not accepted/i.test(message)) {
    return new UsageError(`${name}: ${step}: look at the bucket, the region and the endpoint: ${message.replace(/\/\/.*@/s, '//')}`);
  }
  const isUnread = status !== undefined && status < 300;
  if ((status === undefined || isUnread) && systemCode(error) !== undefined) return networkFault(`${name}: ${step}`, error);
  // What stands between may answer in the store's place.
  if (isUnread) return new TransientError(`the store answered ${status} with what cannot be read`, { cause: error });
  if (PASSING_NAMES.includes(kind) || (status !== undefined && isPassingStatus(status))) {
    return new TransientError(`the store answered ${status ?? ''} ${kind}`.replace('  ', ' '), { cause: error });
  }
  const line = (why: string): IoError => new IoError(`${name}: ${step}: ${why} (${kind}${status === undefined ? '' : `, ${status}`})`, { cause: error });
  if (/region is missing/i.test(message)) return new UsageError(`${name}: no region: give --s3-region or set AWS_REGION`, { cause: error });
  // An answer to HEAD has no words, so no name.
  const meaning = MEANINGS[kind] ?? (status === 301 ? MEANINGS['PermanentRedirect'] : undefined);
  if (meaning === undefined && status === undefined) return networkFault(`${name}: ${step}`, error);
  const region = $response?.headers?.['x-amz-bucket-region'];
  const remedy = /another region/.test(meaning ?? '') ? `: give --s3-region ${region ?? 'REGION'}` : '';
  const fault = line((meaning ?? (status === 403 ? MEANINGS['Forbidden'] : message.replace(SDK_HINT, ''))) + remedy);
  return kind === 'NoSuchKey' || (kind === 'NotFound' && status === 404) ? Object.assign(fault, { code: 'ENOENT' }) : fault;
}
