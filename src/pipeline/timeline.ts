/** The bins that a timeline has at most; where a run takes longer, two neighbours become one. */
const BINS = 600;
const FIRST_BIN_SECONDS = 0.01;
const SAMPLE_MS = 20;

/** Tasks in the two queues. */
export interface Depths {
  readonly input: number;
  readonly output: number;
}

/** What went on in a run over time, as plain JSON: one value a bin each. */
export interface TimelineRecord {
  readonly binSeconds: number;
  /** For the reader, where workers do not read themselves, each worker and the writer the share of a bin that it worked, 0 to 1. */
  readonly lanes: readonly { readonly name: string; readonly busy: readonly number[] }[];
  /** The most tasks in each queue; in bins without a sample those of the last one, null before the first. */
  readonly input: readonly (number | null)[];
  readonly output: readonly (number | null)[];
  /** The most resident memory of this process; null likewise. */
  readonly rssBytes: readonly (number | null)[];
  /** Tasks that were written. */
  readonly tasks: readonly number[];
}

/** Values over time in a bounded number of bins. */
class Bins {
  readonly values = new Float64Array(BINS);
  readonly #merge: (a: number, b: number) => number;
  readonly #start: number;

  constructor(start: number, merge: (a: number, b: number) => number) {
    this.#start = start;
    this.#merge = merge;
    this.values.fill(start);
  }

  add(bin: number, value: number): void {
    this.values[bin] = this.#merge(this.values[bin], value);
  }

  halve(): void {
    for (let i = 0; i < BINS / 2; i++) this.values[i] = this.#merge(this.values[2 * i], this.values[2 * i + 1]);
    this.values.fill(this.#start, BINS / 2);
  }
}

const sums = (): Bins => new Bins(0, (a, b) => a + b);
const maxima = (): Bins => new Bins(-1, Math.max);

/**
 * Keeps what goes on in a run over time, in memory that does not grow with it. Lives in the main thread; made for runs that
 * somebody wants to look at, and costs others nothing.
 */
export class Timeline {
  readonly #started = performance.now();
  readonly #lanes = new Map<string, Bins>();
  readonly #input = maxima();
  readonly #output = maxima();
  readonly #rss = maxima();
  readonly #tasks = sums();
  readonly #timer: NodeJS.Timeout;
  #binSeconds = FIRST_BIN_SECONDS;
  #last = 0;
  #depths: (() => Depths) | undefined;

  /** @param lanes the names of all there are, in the order they are shown */
  constructor(lanes: readonly string[]) {
    for (const name of lanes) this.#lanes.set(name, sums());
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
    this.#timer.unref();
  }

  /** Says how deep the queues of a pass are at any time. */
  watch(depths: () => Depths): void {
    this.#depths = depths;
    this.#sample();
  }

  /** A lane has worked for so long, until now. */
  worked(lane: string, seconds: number): void {
    const end = this.#now();
    const bins = this.#lanes.get(lane);
    for (let from = Math.max(0, end - seconds); from < end && bins !== undefined; ) {
      const bin = Math.floor(from / this.#binSeconds);
      // The next boundary, or one further where rounding has put it on this one.
      let to = Math.min(end, (bin + 1) * this.#binSeconds);
      if (to <= from) to = Math.min(end, (bin + 2) * this.#binSeconds);
      bins.add(bin, to - from);
      from = to;
    }
  }

  /** A task was written. */
  wrote(): void {
    this.#tasks.add(Math.floor(this.#now() / this.#binSeconds), 1);
    this.#sample();
  }

  /** Watches no longer. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** What was kept. */
  finish(): TimelineRecord {
    this.#sample();
    this.stop();
    const count = Math.floor(this.#last / this.#binSeconds) + 1;
    const all = ({ values }: Bins): number[] => [...values.subarray(0, count)];
    const known = (bins: Bins): (number | null)[] => {
      let last: number | null = null;
      return all(bins).map((value) => (last = value < 0 ? last : value));
    };
    const share = (bins: Bins): number[] => all(bins).map((seconds) => Math.min(1, seconds / this.#binSeconds));
    return {
      binSeconds: this.#binSeconds,
      lanes: [...this.#lanes].map(([name, bins]) => ({ name, busy: share(bins) })),
      input: known(this.#input),
      output: known(this.#output),
      rssBytes: known(this.#rss),
      tasks: all(this.#tasks),
    };
  }

  #sample(): void {
    const bin = Math.floor(this.#now() / this.#binSeconds);
    const depths = this.#depths?.();
    if (depths !== undefined) {
      this.#input.add(bin, depths.input);
      this.#output.add(bin, depths.output);
    }
    this.#rss.add(bin, process.memoryUsage.rss());
  }

  /** Seconds since the start; there is a bin for them. */
  #now(): number {
    this.#last = (performance.now() - this.#started) / 1000;
    while (this.#last >= this.#binSeconds * BINS) {
      for (const bins of [...this.#lanes.values(), this.#input, this.#output, this.#rss, this.#tasks]) bins.halve();
      this.#binSeconds *= 2;
    }
    return this.#last;
  }
}
