/** Seconds on a number of workers. */
export interface Timing {
  readonly workers: number;
  readonly seconds: number;
}

/** Amdahl's law: seconds = serial + parallel / workers. */
export interface AmdahlFit {
  readonly serialSeconds: number;
  readonly parallelSeconds: number;
}

/**
 * Fits Amdahl's law to timings by least squares, neither part below 0.
 * G. M. Amdahl, Validity of the single processor approach to achieving large scale computing capabilities, 1967.
 * @param timings at least two, of different numbers of workers, none of more than there are cores
 */
export function fitAmdahl(timings: readonly Timing[]): AmdahlFit {
  const mean = (of: (timing: Timing) => number): number => timings.reduce((sum, timing) => sum + of(timing), 0) / timings.length;
  const share = ({ workers }: Timing): number => 1 / workers;
  const meanShare = mean(share);
  const meanSeconds = mean(({ seconds }) => seconds);
  const spread = mean((timing) => (share(timing) - meanShare) ** 2);
  const slope = mean((timing) => (share(timing) - meanShare) * (timing.seconds - meanSeconds)) / spread;
  const serialSeconds = meanSeconds - slope * meanShare;
  if (slope < 0) return { serialSeconds: meanSeconds, parallelSeconds: 0 };
  if (serialSeconds >= 0) return { serialSeconds, parallelSeconds: slope };
  // Through the origin: the best fit that there is with no serial part.
  return { serialSeconds: 0, parallelSeconds: mean((timing) => share(timing) * timing.seconds) / mean((timing) => share(timing) ** 2) };
}

/** The share of the work that more workers make shorter. */
export const parallelShare = ({ serialSeconds, parallelSeconds }: AmdahlFit): number => parallelSeconds / (serialSeconds + parallelSeconds);

export const fittedSeconds = ({ serialSeconds, parallelSeconds }: AmdahlFit, workers: number): number => serialSeconds + parallelSeconds / workers;
