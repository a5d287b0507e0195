import { WorkerError } from '../errors.js';
import type { Stage } from '../pools/stage.js';

/** What the workers of a pass are asked, each of them: before the first task, and at the end. */
export interface PassQuestions {
  readonly begin: unknown;
  readonly end: unknown;
}

/** Who does a pass. */
export interface PassWork {
  /** Has every worker answer. */
  readonly ask: (question: unknown) => Promise<unknown[]>;
  /** Has tasks done: those given, which were done before, for the workers' sake only; undefined: all of them. */
  readonly go: (again: readonly number[] | undefined) => Promise<void>;
}

/**
 * Passes in which workers keep something of each task, and tell it at the end. What a worker kept that died is made once
 * more, from the same tasks. Lives in the main thread, beside a pool.
 */
export class KeptWork {
  readonly #retries: number;
  /** By worker: the tasks of the pass that are part of what it keeps. */
  readonly #kept: number[][];
  /** Tasks that were kept by a worker that died. */
  #lost: number[] = [];
  /** What a worker is asked before its first task; undefined: nothing is kept. */
  #begin: unknown;

  constructor(workers: number, retries: number) {
    this.#kept = Array.from({ length: workers }, () => []);
    this.#retries = retries;
  }

  /** A worker is open. */
  async welcome(stage: Stage): Promise<void> {
    if (this.#begin !== undefined) await stage.call(this.#begin);
  }

  /** A worker, from 0, died. */
  lose(worker: number): void {
    this.#lost.push(...this.#kept[worker].splice(0));
  }

  /** A worker, from 0, has done a task. */
  keep(worker: number, task: number): void {
    if (this.#begin !== undefined) this.#kept[worker].push(task);
  }

  /** @returns what each worker tells at the end. @throws WorkerError where workers died too often */
  async pass({ begin, end }: PassQuestions, { ask, go }: PassWork): Promise<unknown[]> {
    this.#begin = begin;
    this.#lost = [];
    await ask(begin);
    await go(undefined);
    for (let rounds = 0; ; rounds++) {
      const answers = await ask(end);
      if (this.#lost.length === 0) {
        this.#begin = undefined;
        for (const tasks of this.#kept) tasks.length = 0;
        return answers;
      }
      if (rounds > this.#retries) {
        throw new WorkerError(`workers died with what they had found, ${rounds + 1} times; --retries sets how often it is tried again`);
      }
      await go(this.#lost.splice(0));
    }
  }
}
