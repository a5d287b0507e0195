import { UnsupportedError } from '../errors.js';

/**
 * Makes a memory of wasm, or something that has one. Beside the bytes that it is used for it takes all the addresses that it, or a
 * mistake in it, could reach.
 * @throws UnsupportedError where the system has no such addresses left
 */
export function reserving<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UnsupportedError('there is no address space for the memory of kernels, some 10 GB for each, of which little is used: lift the limit (ulimit -v), or give fewer workers (-j)', { cause });
  }
}
