/** A progress bar on stderr with windows, rate and time left; or nothing. */
export interface Progress {
  /** @param done the share of the work that is done, 0..1 */
  update(done: number): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

/** @param windows windows in all; the bar counts them */
export async function startProgress(isWanted: boolean, windows: number): Promise<Progress> {
  if (!isWanted) return SILENT;
  const { default: cliProgress } = await import('cli-progress');
  const started = performance.now();
  const bar = new cliProgress.SingleBar(
    {
      stream: process.stderr,
      format: '{bar} {percentage} %  {value}/{total} windows  {rate}/s  {eta_formatted} left',
      noTTYOutput: true,
      notTTYSchedule: 1000,
      clearOnComplete: true,
      hideCursor: true,
      etaBuffer: 100,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(windows, 0, { rate: 0 });
  return {
    update: (done) => {
      const count = Math.round(done * windows);
      bar.update(count, { rate: Math.round(count / Math.max(0.001, (performance.now() - started) / 1000)) });
    },
    stop: () => bar.stop(),
  };
}
