/** How places are reached that are not local files, as plain data: it crosses threads. It changes no byte of the output. */
export interface Access {
  /** Requests under way at one time, each on a connection of its own. */
  readonly connections: number;
  /** How often a failed request is tried again. */
  readonly retries: number;
  /** A request that gets no byte for so long is tried again. */
  readonly timeoutMs: number;
  /** The most bytes of encoded blocks that are fetched before they are asked for. */
  readonly aheadBytes: number;
  /** Whether files beside a remote input are looked for. */
  readonly sidecars: boolean;
  readonly s3: S3Access;
  /** Local files that stand in for locations. */
  readonly spools: Readonly<Record<string, string>>;
  /** What is known of remote objects already. */
  readonly snapshots: readonly SourceSnapshot[];
}

/** What the user says of S3; what is left out comes from the SDK's environment variables and profiles. */
export interface S3Access {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** `https://HOST/BUCKET/KEY` rather than `https://BUCKET.HOST/KEY`. */
  readonly pathStyle?: boolean | undefined;
  readonly requesterPays: boolean;
  /** Requests without credentials, for public buckets. */
  readonly unsigned: boolean;
}

/** The parts of a remote object that were read to open it, so that another thread need not fetch them again. */
export interface SourceSnapshot {
  readonly location: string;
  readonly size: number;
  readonly version: string | undefined;
  readonly pieces: readonly { readonly position: number; readonly bytes: Uint8Array }[];
}

export const STANDARD_ACCESS: Access = {
  connections: 32,
  retries: 8,
  timeoutMs: 30_000,
  aheadBytes: 64 * 1024 * 1024,
  sidecars: false,
  s3: { requesterPays: false, unsigned: false },
  spools: {},
  snapshots: [],
};
