/** Codes above it say that a signal stopped the run. */
const FIRST_SIGNAL = 128;

/** Kept here: Node's own may be set by a user's module, which is loaded into this process too. */
let earned: number | undefined;

/** The code that the command ends with as things are; undefined: nothing went wrong. */
export const earnedCode = (): number | undefined => earned;

/** Has the command end with a code, whatever there was before. */
export function earn(code: number): void {
  earned = code;
  process.exitCode = code;
}

/** Has it end with the worse of a code and the one there is: the larger one, but a bug, 1, is worse than all failures that were foreseen. */
export function earnWorse(code: number): void {
  const rank = (one: number): number => (one === 1 ? FIRST_SIGNAL : one);
  const before = earned ?? 0;
  earn(rank(code) > rank(before) ? code : before);
}

/** Whether a signal stopped a run. */
export const isStopped = (): boolean => earned !== undefined && earned > FIRST_SIGNAL;
