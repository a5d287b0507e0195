import { startStage } from './start.js';
import type { Stage } from './stage.js';

/**
 * Stages that outlive a run, so that many short runs start their threads or processes once, or that are started before a
 * run needs them. In the main thread.
 */
export class StagePool {
  readonly #idle = new Map<string, Stage>();

  /** Starts a stage that will be taken, unless there is an idle one of that name. */
  start(...stage: Parameters<typeof startStage>): void {
    const [, name] = stage;
    if (!this.#idle.has(name)) this.#idle.set(name, startStage(...stage));
  }

  /**
   * Gives a stage of a name: one that is idle and lives, else a new one. Closing it makes it idle; one that is ended is gone.
   * Arguments as of `startStage`; a name is always of one kind and module.
   */
  take(...wanted: Parameters<typeof startStage>): Stage {
    const [, name] = wanted;
    const idle = this.#idle.get(name);
    this.#idle.delete(name);
    const stage = idle === undefined || idle.isDead() ? startStage(...wanted) : idle;
    return {
      ...stage,
      close: async () => {
        const usage = await stage.release();
        this.#idle.set(name, stage);
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
