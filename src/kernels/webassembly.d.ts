/** The little of WebAssembly that the kernels use; TypeScript's own declarations of it come with a browser's. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: object);
    readonly exports: object;
  }
  class Memory {
    /** Sizes are in pages of 64 KB. */
    constructor(options: { readonly initial: number; readonly maximum: number; readonly shared: true });
    readonly buffer: ArrayBuffer;
    /** @throws RangeError where the system has no more, or the maximum is reached */
    grow(pages: number): number;
  }
}
