/** Bytes that can be read at any place: a local file today, an object behind HTTP by one more file here. */
export interface ByteSource {
  /** What messages call it: the path or URL as the user gave it. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * Fills `into` from `position`. Reads are whole: a short one is an error, never zeros.
   * @throws FormatError where the range ends beyond the source, IoError where the system fails
   */
  read(position: number, into: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
