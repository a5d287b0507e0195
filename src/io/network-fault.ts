import { IoError, systemCode, textOf } from '../errors.js';
import { TransientError } from './retry.js';

const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host',
  ECONNREFUSED: 'the connection was refused',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
};

const PASSING: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was reset',
  ECONNABORTED: 'the connection was aborted',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  EAI_AGAIN: 'the name server does not answer',
  ENETDOWN: 'the network is down',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was closed midway',
};

const CERTIFICATE = 'if you trust it, name its authority\'s certificate in NODE_EXTRA_CA_CERTS=FILE';
const TLS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is signed by itself: ${CERTIFICATE}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate is signed by an unknown authority: ${CERTIFICATE}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its certificate is signed by an unknown authority: ${CERTIFICATE}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its certificate is signed by an unknown authority: ${CERTIFICATE}`,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: look at this machine\'s clock',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  EPROTO: 'it does not speak TLS as wanted: look at the URL\'s scheme and port',
};

/** A request that failed below HTTP, in words: to be tried again, or not. */
export function networkFault(step: string, cause: unknown): TransientError | IoError {
  const code = systemCode(cause) ?? nestedCode(cause);
  const tls = code === undefined ? undefined : (TLS[code] ?? (code.startsWith('ERR_SSL') ? TLS['EPROTO'] : undefined));
  if (tls !== undefined) return new IoError(`${step}: ${tls} (${code})`, { cause });
  // What cannot be sent at all, as a place that a server redirects to.
  if (cause instanceof URIError || code === 'ERR_INVALID_URL') return new IoError(`${step}: ${(cause as Error).message}`, { cause });
  const why = code === undefined ? undefined : (UNREACHABLE[code] ?? PASSING[code]);
  const words = why ?? textOf(cause);
  return new TransientError(`${words}${code === undefined ? '' : ` (${code})`}`, {
    cause,
    isUnreachable: code !== undefined && code in UNREACHABLE,
  });
}

/** Where a host has several addresses, the failures of all come as one error. */
function nestedCode(cause: unknown): string | undefined {
  return cause instanceof AggregateError ? systemCode(cause.errors[0]) : undefined;
}

/** Not implemented, a version of HTTP that is not supported. */
const LASTING: readonly number[] = [501, 505];

/** Whether an answer of this status may be another one the next time. */
export const isPassingStatus = (status: number): boolean => [408, 425, 429].includes(status) || (status >= 500 && !LASTING.includes(status));
