// What an installed rastq is asked to do: run a plan, copy a raster window by window, in an empty project.
import { createRaster, openRaster, planRequest, run } from 'rastq';
import normalize from 'rastq/operations/normalize';

const planned = await planRequest({ input: 'in.tif', output: 'library.tif', steps: [{ operation: normalize }, { operation: 'sharpen' }], creation: ['COMPRESS=ZSTD'] });
await run(planned, { workers: 2, pool: 'threads' });

const from = await openRaster('library.tif');
const to = await createRaster('copy.tif', { like: from, keepsValues: true });
for await (const { window, pixels } of from) await to.write(window, pixels);
await to.close();
await from.close();
