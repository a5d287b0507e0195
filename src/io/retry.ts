import { setTimeout as sleep } from 'node:timers/promises';
import { IoError } from '../errors.js';

/** A failure that may be over when the same is tried again. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  /** How long the other side asked to be left alone. */
  readonly pauseMs: number;
  /** There was no connection at all. At the first request that is a wrong address more often than a passing fault. */
  readonly isUnreachable: boolean;

  constructor(message: string, options: ErrorOptions & { readonly pauseMs?: number; readonly isUnreachable?: boolean } = {}) {
    super(message, options);
    this.pauseMs = options.pauseMs ?? 0;
    this.isUnreachable = options.isUnreachable ?? false;
  }
}

export interface RetryPolicy {
  readonly retries: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Whether this is the first time that the other side is spoken to. */
  readonly isFirst?: boolean;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 20_000;

/** The pause after a try, from 1: they double, each is cut at random by up to half so that many who failed together do not come back together. */
export function pauseMs(tries: number, firstMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, firstMs * 2 ** (tries - 1)) * (1 - Math.random() / 2);
}

/**
 * Tries until it works, with pauses between.
 * @param what names the other side and what is wanted of it, for the message
 * @throws IoError where the last try failed too; at once what is not a TransientError; the signal's reason
 */
export async function retrying<T>(what: string, policy: RetryPolicy, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (cause) {
      if (!(cause instanceof TransientError)) throw cause;
      const isHopeless = cause.isUnreachable && policy.isFirst === true;
      if (isHopeless || tries > policy.retries) {
        throw new IoError(`${what}: ${cause.message}${tries === 1 ? '' : `, ${tries} times; --retries sets how often it is tried again`}`, { cause });
      }
      await sleep(Math.max(pauseMs(tries, FIRST_PAUSE_MS), Math.min(cause.pauseMs, LONGEST_PAUSE_MS)), undefined, { signal: policy.signal }).catch(() => policy.signal.throwIfAborted());
    }
  }
}
