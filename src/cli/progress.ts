/** A progress bar on stderr with windows, rate and time left; or nothing. */
export interface Progress {
  /** @param done the share of the work that is done, 0..1 */
  update(done: number): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

/** What the bar counts where nobody knows how many windows there are. */
const STEPS = 1000;

/** @param windows windows in all; the bar counts them, or shares of the whole where it is null */
export async function startProgress(isWanted: boolean, windows: number | null): Promise<Progress> {
  if (!isWanted) return SILENT;
  const steps = windows ?? STEPS;
  const { default: cliProgress } = await import('cli-progress');
  const started = performance.now();
  const bar = new cliProgress.SingleBar(
    {
      stream: process.stderr,
      format: `{bar} {percentage} %  ${windows === null ? '' : '{value}/{total} windows  {rate}/s  '}{eta_formatted} left`,
      noTTYOutput: true,
      notTTYSchedule: 1000,
      clearOnComplete: true,
      hideCursor: true,
      etaBuffer: 100,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(steps, 0, { rate: 0 });
  return {
    update: (done) => {
      const count = Math.round(done * steps);
      bar.update(count, { rate: Math.round(count / Math.max(0.001, (performance.now() - started) / 1000)) });
    },
    stop: () => bar.stop(),
  };
}
