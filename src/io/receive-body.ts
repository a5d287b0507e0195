import type { RangeAnswer } from './range-client.js';
import { TransientError } from './retry.js';

/**
 * Receives the bytes of an answer, to the last.
 * @param into as long as the answer
 * @throws TransientError where it ends early or does not end
 */
export function receiveBody({ body, length }: RangeAnswer, into: Uint8Array, onBytes: (count: number) => void): Promise<void> {
  let done = 0;
  return new Promise((resolve, reject) => {
    const take = (chunk: Uint8Array): void => {
      if (chunk.length > length - done) {
        // What comes behind it is no part of the answer either.
        body.off('data', take);
        reject(new TransientError(`it sent more than the ${length} bytes it promised`));
        return;
      }
      into.set(chunk, done);
      done += chunk.length;
      onBytes(chunk.length);
    };
    body.on('data', take);
    body.on('end', () => {
      if (done === length) resolve();
      else reject(new TransientError(`it ended ${length - done} bytes short of ${length}`));
    });
    body.on('error', reject);
    body.on('close', () => reject(new TransientError(`the connection was closed ${length - done} bytes short of ${length}`)));
  });
}
