import { startStage } from './start.js';
import type { PoolKind, Stage } from './stage.js';

/** Stages that outlive a run, so that many short runs start their threads or processes once. In the main thread. */
export class StagePool {
  readonly #idle = new Map<string, Stage>();

  /**
   * Gives a stage of a name: one that is idle and lives, else a new one. Closing it makes it idle; one that is ended is gone.
   * Arguments as of `startStage`; a name is always of one kind and module.
   */
  take(kind: PoolKind, name: string, module: string): Stage {
    const idle = this.#idle.get(name);
    this.#idle.delete(name);
    const stage = idle === undefined || idle.isDead() ? startStage(kind, name, module) : idle;
    return {
      ...stage,
      close: async () => {
        const usage = await stage.release();
        this.#idle.set(name, stage);
        return usage;
      },
    };
  }

  /** Ends the idle stages. */
  async end(): Promise<void> {
    await Promise.all([...this.#idle.values()].map((stage) => stage.terminate()));
    this.#idle.clear();
  }
}
