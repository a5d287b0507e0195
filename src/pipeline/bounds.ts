/** The least and the most of what users say in whole numbers, on the command line and in programs alike. */
export const BOUNDS = {
  workers: [1, 1024],
  /** Tasks that a queue holds. */
  queueSize: [1, 100_000],
  /** Which of a file's full images. */
  page: [1, 65_536],
  /** How often something is tried again. */
  retries: [0, 1000],
  /** Requests to a remote file at one time. */
  connections: [1, 1024],
  /** Seconds without a byte, then a request is tried again. */
  timeout: [1, 86_400],
} as const satisfies Readonly<Record<string, readonly [least: number, most: number]>>;
