/** Seconds of a core that a measurement lasts at least. */
const SECONDS = 0.4;

/** The processor time of this process so far, all its threads: what other programs do leaves it alone. */
export function coreSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * The seconds of a core that a round takes, from as many rounds as fill the time. A first one, in which code is
 * compiled and rooms are made, does not count.
 */
export async function timeRounds(round: () => unknown): Promise<number> {
  await round();
  const started = coreSeconds();
  for (let rounds = 1; ; rounds++) {
    await round();
    const seconds = coreSeconds() - started;
    if (seconds >= SECONDS) return seconds / rounds;
  }
}
