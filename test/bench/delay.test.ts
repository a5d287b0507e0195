import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPixels } from '../../src/raster/block.js';

/** By its URL at run time: the compiler keeps away from modules that users write. */
const DELAY = new URL('../../../examples/delay.mjs', import.meta.url).href;

test('the delay of the example gives the very window back', async () => {
  const { delay } = (await import(DELAY)) as { delay: (window: unknown) => unknown };
  const window = createPixels('uint16', { width: 5, height: 3 }, 2, 'pixel');
  for (let i = 0; i < window.data.length; i++) window.data[i] = i;
  const before = window.data.slice();
  assert.equal(delay(window), window);
  assert.deepEqual(window.data, before);
});
