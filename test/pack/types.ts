// What a user's compiler must see: types where they are, and an error where one is wrong.
import { openRaster, type Pixels, type Raster } from 'rastq';
import normalize from 'rastq/operations/normalize';
import deflate from 'rastq/codecs/deflate';

const raster: Raster = await openRaster('in.tif');
const pixels: Pixels = await raster.read();
const shape: number[] = pixels.shape;
const names: string[] = [normalize.name, deflate.name];
// @ts-expect-error a width is a number
raster.profile.width.trim();
// @ts-expect-error pixels are numbers
pixels.get(0, 0, 0).trim();
console.log(shape, names);
