/** Bytes that are made when they are asked for, `byteLength` in all. */
export interface ByteRun {
  readonly byteLength: number;
  /** Each piece is good until the next one. */
  readonly pieces: () => AsyncIterable<Uint8Array>;
}

/** Where the output's bytes go: a file, or an object. Used by one thread, one call at a time. */
export interface ByteSink {
  /** Writes all of `bytes` at `position`. @throws IoError */
  write(position: number, bytes: Uint8Array): Promise<void>;
  /**
   * Puts bytes in at `position`; what lies there and behind moves on. Once, after all writes behind it, where the sink
   * was opened for it. @throws IoError
   */
  insert(position: number, run: ByteRun): Promise<void>;
  /** Makes sure that what was written lasts. @throws IoError */
  flush(): Promise<void>;
  /** Makes what was written and flushed the complete output, all at once. @throws IoError */
  publish(): Promise<void>;
  /** Where a network lies before it: has writes fail that are under way, and all that follow. */
  interrupt?(): void;
  /** Lets go of it: nothing more is written. Of a file nothing is left but what was published; an upload is ended by who began it. Never throws. */
  discard(): Promise<void>;
}
