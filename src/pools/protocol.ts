import { type ErrorRecord, fromErrorRecord, toErrorRecord, WorkerDeathError } from '../errors.js';
import { loadModule } from '../load-module.js';
import type { Handler, OpenHandler, Reply } from './stage.js';
import type { Parted } from './payload.js';
import { stall } from './stall.js';
import { Turns } from './turns.js';

/**
 * What goes to a stage, and what comes back. Every message but `interrupt`, which does not wait for its turn, is answered by
 * one reply of its id. Where a process is at the other end, an item or value may be parted from its buffers.
 */
export type Request =
  | { readonly type: 'load'; readonly id: number; readonly modules: readonly string[] }
  | { readonly type: 'open'; readonly id: number; readonly module: string; readonly setup: unknown }
  | { readonly type: 'call'; readonly id: number; readonly item: unknown; readonly parted?: Parted }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'interrupt' };

type AnsweredRequest = Exclude<Request, { readonly type: 'interrupt' }>;

export type Response =
  | { readonly id: number; readonly ok: true; readonly value: unknown; readonly parted?: Parted }
  | { readonly id: number; readonly ok: false; readonly error: ErrorRecord };

/** Begins to load a stage's module, on the far side, before it is told what to open it with. What goes wrong is told then. */
export function loadAhead(module: string): void {
  loadModule(module).catch(() => undefined);
}

/**
 * The far side: handles requests in their order, one after the other unless the handler takes several at a time.
 * @param send gets each response, and with it the buffers to move and those that are spent
 * @param isStopped whether what has not begun yet shall not begin
 */
export function serve(
  send: (response: Response, buffers: Omit<Reply, 'value'>) => void,
  onClose: () => unknown,
  isStopped: () => boolean,
): (request: Request) => void {
  let handler: Handler | undefined;
  const turns = new Turns();
  const answer = async (request: AnsweredRequest): Promise<Reply> => {
    if (request.type === 'close') {
      const last = handler;
      handler = undefined;
      await last?.dispose?.();
      return { value: onClose() };
    }
    if (request.type === 'load') {
      // What cannot be loaded is told where it is opened.
      if (!isStopped()) await Promise.allSettled(request.modules.map(loadModule));
      return { value: undefined };
    }
    if (isStopped()) throw new WorkerDeathError('the stage is being ended');
    if (request.type === 'open') {
      const { open } = (await loadModule(request.module)) as { open: OpenHandler };
      handler = await open(request.setup);
      return { value: handler.opened };
    }
    await stall();
    return handler!.handle(request.item);
  };
  const respond = async (request: AnsweredRequest): Promise<void> => {
    const { id } = request;
    try {
      const { value, ...buffers } = await answer(request);
      send({ id, ok: true, value }, buffers);
    } catch (error) {
      send({ id, ok: false, error: toErrorRecord(error) }, {});
    }
  };
  return (request) => {
    if (request.type === 'interrupt') {
      handler?.interrupt?.();
      return;
    }
    void turns.take(
      () => (request.type === 'call' ? (handler?.concurrency ?? 1) : 1),
      () => respond(request),
    );
  };
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The near side: matches responses to requests, and fails all of them when the stage dies. */
export class Calls {
  readonly #pending = new Map<number, Pending>();
  #death: WorkerDeathError | undefined;
  #nextId = 0;
  #onSettled: (() => void) | undefined;

  /** Whether the stage is gone, or is being ended. */
  get areOver(): boolean {
    return this.#death !== undefined;
  }

  /** @param send passes the request on; may throw */
  request(send: (id: number) => void): Promise<unknown> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      try {
        send(id);
      } catch (error) {
        this.#pending.delete(id);
        reject(error);
      }
    });
  }

  receive(response: Response): void {
    const pending = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if (response.ok) pending?.resolve(response.value);
    else pending?.reject(this.#death ?? fromErrorRecord(response.error));
    if (this.#pending.size === 0) this.#onSettled?.();
  }

  /** The stage is gone: what is under way, and whatever is asked from now on, fails with `error`. */
  die(error: WorkerDeathError): void {
    this.#death ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#death);
    this.#pending.clear();
    this.#onSettled?.();
  }

  /** Takes no more, and waits until nothing is under way, or so long. What fails from now on fails with `error`. */
  settle(error: WorkerDeathError, longestMs: number): Promise<void> {
    this.#death ??= error;
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, longestMs);
      this.#onSettled = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
