/**
 * Reads windows, turns the order of their bands round, and writes them: the example of rasterio's documentation on
 * concurrency. Windows are worked on several at a time and written as they are done; the file is the same in any order.
 *
 *     node examples/reverse-bands.mjs in.tif out.tif
 */
import { createRaster, openRaster } from 'rastq';

const UNDER_WAY = 4;

const [input, output] = process.argv.slice(2);
const from = await openRaster(input);
const to = await createRaster(output, { like: from });
const windows = from.windows({ width: 128, height: 128 });

async function work() {
  for (let next = await windows.next(); !next.done; next = await windows.next()) {
    const { window, pixels } = next.value;
    await to.write(window, pixels.step(-1, 1, 1));
  }
}

try {
  await Promise.all(Array.from({ length: UNDER_WAY }, work));
  await to.close();
} catch (error) {
  await to.discard();
  throw error;
} finally {
  await from.close();
}
