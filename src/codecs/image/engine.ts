import { DecodeError } from '../codec.js';

/** What an engine may take beyond the bytes of a call's input and output: its code's data, stack, tables, rows. */
const HEAP_MARGIN = 128 * 2 ** 20;
/** How often an engine holds each of those bytes at most: copies of its input, coefficients, planes, the output. */
const HEAP_COPIES = 4;

const GROW = '_emscripten_resize_heap';

/** Says whether the memory of an engine may grow to so many bytes. */
export type MayGrow = (bytes: number) => boolean;

/**
 * A decoder in WebAssembly, given streams that nobody vouches for. Its memory grows no further than the call at hand
 * has reason to. When it gives up it is started anew: its stack and heap are left as they were in the midst of the
 * call. Lives in one thread.
 */
export class Engine<Api> {
  readonly #start: () => Api;
  #limit = HEAP_MARGIN;
  #api: Api | undefined;

  /** @param start starts it at once; called again after failures */
  constructor(start: (mayGrow: MayGrow) => Api) {
    this.#start = () => start((bytes) => bytes <= this.#limit);
    this.#api = this.#start();
  }

  /**
   * @param what the format's name, for the message
   * @param bytes of input and output together; bounds the memory
   * @throws DecodeError where the engine gives up, for damage or for want of memory, or where `call` throws one
   */
  run<T>(what: string, bytes: number, call: (api: Api) => T): T {
    this.#limit = HEAP_MARGIN + HEAP_COPIES * bytes;
    this.#api ??= this.#start();
    try {
      return call(this.#api);
    } catch (cause) {
      if (cause instanceof DecodeError) throw cause;
      this.#api = undefined;
      throw new DecodeError(`the ${what} stream is damaged, or more than its decoder can take: it gave up`, { cause });
    }
  }
}

type Import = (...args: number[]) => unknown;
type Imports = Readonly<Record<string, Record<string, Import>>>;

/** What emscripten's glue code takes; it makes this object the module. */
interface Options {
  readonly printErr: (text: string) => void;
  readonly instantiateWasm: (imports: Imports, receive: (instance: WebAssembly.Instance) => void) => object;
  readonly calledRun?: boolean;
}

export type Factory = (options: Options) => Promise<unknown>;

/**
 * Starts a module by emscripten's glue code, at once: what it would wait for is the compiler, which is done by now.
 * @returns the module: what it exports is the package's to say
 * @throws Error where it does not start
 */
export function startEmscripten(factory: Factory, code: WebAssembly.Module, mayGrow: MayGrow): object {
  let why: unknown;
  const module: Options = {
    // It would write why it gives up to standard error.
    printErr: () => undefined,
    instantiateWasm: (imports, receive) => {
      try {
        boundGrowth(imports, mayGrow);
        const instance = new WebAssembly.Instance(code, imports);
        receive(instance);
        return instance.exports;
      } catch (cause) {
        why = cause;
        throw cause;
      }
    },
  };
  // The promise comes too late to tell of a failure, and none may be left unheard.
  factory(module).catch(() => undefined);
  if (module.calledRun !== true) throw new Error('a WebAssembly decoder does not start', { cause: why });
  return module;
}

/** Puts the question in front of the function that grows the memory. Glue code is minified, its functions' names not. */
function boundGrowth(imports: Imports, mayGrow: MayGrow): void {
  for (const functions of Object.values(imports)) {
    for (const [key, grow] of Object.entries(functions)) {
      if (grow.name !== GROW) continue;
      functions[key] = (bytes) => (mayGrow(bytes >>> 0) ? grow(bytes) : 0);
      return;
    }
  }
  throw new Error(`a WebAssembly decoder imports no ${GROW}`);
}
