/** Where the output's bytes go: a local file today. Used by one thread, one call at a time. */
export interface ByteSink {
  /** Writes all of `bytes` at `position`. @throws IoError */
  write(position: number, bytes: Uint8Array): Promise<void>;
  /** Makes sure that what was written lasts. @throws IoError */
  flush(): Promise<void>;
  /** Makes what was written and flushed the complete output, all at once. @throws IoError */
  publish(): Promise<void>;
  /** Lets go of it: afterwards nothing is left but what was published. Never throws. */
  discard(): Promise<void>;
}
