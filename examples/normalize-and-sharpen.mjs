// Normalizes each window of a raster and sharpens the result, in one pass: node examples/normalize-and-sharpen.mjs in.tif out.tif
import { planRequest, run } from 'rastq';
import normalize from 'rastq/operations/normalize';
import sharpen from 'rastq/operations/sharpen';

const [input, output] = process.argv.slice(2);
const { plan } = await planRequest({ input, output, steps: [{ operation: normalize }, { operation: sharpen, params: { amount: 2 } }] });
const { windows, seconds } = await run(plan);
console.log(`${windows} windows in ${seconds.wall.toFixed(2)} s`);
