import type { Readable } from 'node:stream';
import type { Pieces } from './pieces.js';
import type { Body } from './range-client.js';
import { TransientError } from './retry.js';

/** The body of an answer that comes as a stream. */
export function streamedBody(stream: Readable): Body {
  // What comes of a body that nobody reads any more is of no interest.
  stream.on('error', () => undefined);
  return { receive: (into, onBytes) => receiveStream(stream, into, onBytes), drop: () => void stream.destroy() };
}

function receiveStream(body: Readable, into: Pieces, onBytes: (count: number) => void): Promise<void> {
  const { length } = into;
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
