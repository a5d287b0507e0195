import { startStage } from './start.js';
import type { Stage } from './stage.js';

/**
 * Stages that outlive a run, so that many short runs start their threads or processes once, or that are started before a
 * run needs them. In the main thread.
 */
export class StagePool {
  /** By kind and name: of many runs the small ones have none but inline stages, and the others are not to be given those. */
  readonly #idle = new Map<string, Stage>();

  /** Starts a stage that will be taken, unless there is an idle one of that kind and name. */
  start(...stage: Parameters<typeof startStage>): void {
    const key = keyOf(...stage);
    if (!this.#idle.has(key)) this.#idle.set(key, startStage(...stage));
  }

  /**
   * Gives a stage of a kind and name: one that is idle and lives, else a new one. Closing it makes it idle; one that is ended is gone.
   * Arguments as of `startStage`; a name is always of one module.
   */
  take(...wanted: Parameters<typeof startStage>): Stage {
    const key = keyOf(...wanted);
    const idle = this.#idle.get(key);
    this.#idle.delete(key);
    const stage = idle === undefined || idle.isDead() ? startStage(...wanted) : idle;
    return {
      ...stage,
      close: async () => {
        const usage = await stage.release();
        this.#idle.set(key, stage);
        return usage;
      },
    };
  }

  /** Does some work with stages that are ended after it. */
  static async with<T>(work: (stages: StagePool) => Promise<T>): Promise<T> {
    const stages = new StagePool();
    try {
      return await work(stages);
    } finally {
      await stages.end();
    }
  }

  /** Ends the idle stages. */
  async end(): Promise<void> {
    const idle = [...this.#idle.values()];
    this.#idle.clear();
    await Promise.all(idle.map((stage) => stage.terminate()));
  }
}

const keyOf = (...[kind, name]: Parameters<typeof startStage>): string => `${kind} ${name}`;
