/** Stop the work under way. */
const stops = new Set<(reason: Error) => void>();
/** Came where no work was under way. */
let unheard: Error | undefined;

/** Has a failure that no call returns stop the work under way, else what comes next. */
export function failAstray(reason: Error): void {
  if (stops.size === 0) unheard ??= reason;
  for (const stop of stops) stop(reason);
}

/**
 * Has such failures stop some work.
 * @returns what ends that
 */
export function heedStrays(stop: (reason: Error) => void): () => void {
  stops.add(stop);
  if (unheard !== undefined) stop(unheard);
  unheard = undefined;
  return () => void stops.delete(stop);
}
