import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { Pieces } from '../../src/io/pieces.js';
import { streamedBody } from '../../src/io/receive-body.js';

/** Receives chunks as an answer of 8 bytes. @returns what came, and how many bytes were counted */
async function receive(...chunks: number[][]): Promise<{ readonly into: number[]; readonly counted: number; readonly message: string }> {
  const into = new Uint8Array(8);
  let counted = 0;
  const body = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  const error = await streamedBody(body).receive(new Pieces([into.subarray(0, 5), into.subarray(5)]), (count) => (counted += count)).catch((reason: unknown) => reason);
  // What is still under way comes too.
  await new Promise((resolve) => body.on('close', resolve).resume());
  return { into: [...into], counted, message: error instanceof Error ? error.message : '' };
}

describe('the body of an answer', () => {
  it('is received in the order it comes', async () => {
    assert.deepEqual(await receive([1, 2, 3], [4, 5, 6, 7, 8]), { into: [1, 2, 3, 4, 5, 6, 7, 8], counted: 8, message: '' });
  });

  it('that ends early is an error, and what came is counted', async () => {
    assert.deepEqual(await receive([1, 2, 3]), { into: [1, 2, 3, 0, 0, 0, 0, 0], counted: 3, message: 'it ended 5 bytes short of 8' });
  });

  it('that is too long is an error, and what comes behind the chunk that was too much is not taken for its rest', async () => {
    assert.deepEqual(await receive([1, 2, 3], [4, 5, 6, 7, 8, 9], [10]), { into: [1, 2, 3, 0, 0, 0, 0, 0], counted: 3, message: 'it sent more than the 8 bytes it promised' });
  });
});
