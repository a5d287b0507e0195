import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenTarget } from '../io/output.js';
import type { Stage, StageUsage } from '../pools/stage.js';
import type { FinishedFile } from '../tiff/sink.js';
import type { SpareBuffers } from './buffers.js';
import type { MadeOverview } from './overview-maker.js';
import type { LevelTile } from './pyramid.js';
import type { RunTally } from './run-tally.js';
import type { WorkedTask } from './worker.js';
import type { WriteRequest, Written, WriterSetup } from './writer.js';

/** What a writer is given to note what it has written, where a run fails that can be resumed. */
const NOTING_MS = 1000;

/** What a store is given to answer to a beginning, where a run fails meanwhile. */
const BEGINNING_MS = 2000;

/** The writer of a run, as the main thread sees it: what it has begun, and what it is asked. */
export class RunWriter {
  readonly #stage: Stage;
  readonly #tally: RunTally;
  /** Receives the buffers that were written. */
  readonly #spares: SpareBuffers;
  /** What the stage has begun, when it is open. */
  #begun: Promise<OpenTarget | undefined> = Promise.resolve(undefined);

  constructor(stage: Stage, tally: RunTally, spares: SpareBuffers) {
    this.#stage = stage;
    this.#tally = tally;
    this.#spares = spares;
  }

  /** Opens it, and waits for nothing. */
  open(setup: WriterSetup): void {
    this.#begun = this.#stage.open(setup) as Promise<OpenTarget | undefined>;
    // Whoever writes hears of it.
    this.#begun.catch(() => undefined);
  }

  /** What it has begun and has to be ended where the run fails, once it is open; undefined: nothing. @throws what opening it throws */
  begun(): Promise<OpenTarget | undefined> {
    return this.#begun;
  }

  /** As `begun`, where the run fails: undefined, too, where the beginning failed. A store that does not answer is not waited for. */
  async begunSoon(): Promise<OpenTarget | 'unknown' | undefined> {
    const patience = new AbortController();
    const waited = sleep(BEGINNING_MS, 'unknown' as const, { signal: patience.signal }).catch(() => 'unknown' as const);
    const begun = await Promise.race([this.#begun.catch(() => undefined), waited]);
    patience.abort();
    return begun;
  }

  /** Has a task's tiles written. */
  async write({ task, buffer, length, byteCounts, checksums }: WorkedTask): Promise<void> {
    this.#took(await this.#ask({ type: 'write', task, buffer, length, byteCounts, checksums }, [buffer]));
  }

  /** Has a tile of an overview written. */
  async writeOverview(tile: LevelTile, { buffer, length, byteCounts }: MadeOverview): Promise<void> {
    this.#took(await this.#ask({ type: 'overview', tile, buffer, length, byteCounts }, [buffer]));
  }

  /** Has what is missing written: the directory. */
  async finish(): Promise<FinishedFile> {
    const { finished, seconds } = await this.#ask({ type: 'finish' });
    this.#tally.wrote(seconds);
    return finished!;
  }

  /** Gives the output its name. @param verified whether it was read back and found right */
  async publish(verified: boolean): Promise<void> {
    await this.#ask({ type: 'publish', verified });
  }

  /** Lets it note what it has written, if that takes no longer than who stops a run waits. */
  async letNote(): Promise<void> {
    const patience = new AbortController();
    // A part on its way to a store would be waited for first.
    this.#stage.interrupt();
    const noted = this.#stage.release().catch(() => undefined);
    await Promise.race([noted, sleep(NOTING_MS, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
  }

  close(): Promise<StageUsage> {
    return this.#stage.close();
  }

  terminate(): Promise<void> {
    return this.#stage.terminate();
  }

  #took({ seconds, buffer }: Written): void {
    this.#tally.wrote(seconds);
    this.#spares.give(buffer);
  }

  async #ask(request: WriteRequest, transfer: ArrayBuffer[] = []): Promise<Written> {
    await this.#begun;
    return (await this.#stage.call(request, transfer)) as Written;
  }
}
