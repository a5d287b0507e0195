import type { Contender } from './contender.js';
import { PYTHON } from './places.js';
import type { Scene } from './scenes.js';

/** A way of working, and the threads GDAL compresses in where a number follows. */
const PEER = /^(queue|noqueue|threads|gdal)(\d*)$/;

export const isPeer = (name: string): boolean => PEER.test(name);

export const isGdal = (name: string): boolean => PEER.exec(name)![1] === 'gdal';

/** A peer on a scene; `program` is the Python one. */
export function peer(name: string, program: string, scene: Scene, workers: number): Contender {
  const [, way, gdalThreads] = PEER.exec(name)!;
  if (way === 'gdal') return gdalTranslate(name, scene, gdalThreads === '' ? String(workers) : gdalThreads);
  const numThreads = gdalThreads === '' ? [] : [gdalThreads];
  const label = [`Python ${way} ${workers}`, ...numThreads.map((count) => `NUM_THREADS=${count}`)].join(', ');
  return { name, label, command: (output) => [PYTHON, program, way, scene.path, output, String(workers), ...numThreads] };
}

/** Python's imports alone, and an empty file: what every Python program takes before it does anything. */
export function pythonImports(): Contender {
  const program = "import sys, numpy, rasterio, cv2; open(sys.argv[1], 'w')";
  return { name: 'imports', label: "Python's imports alone", command: (output) => [PYTHON, '-c', program, output] };
}

/** GDAL's own stretch: one for the whole raster, from a range it is given, so that it needs no pass to find one. */
function gdalTranslate(name: string, scene: Scene, threads: string): Contender {
  const creation = scene.creation.flatMap((option) => ['-co', option]);
  const stretch = ['-q', '-ot', 'UInt16', '-scale', '0', '10000', '0', '4096', '--config', 'GDAL_NUM_THREADS', threads];
  return {
    name,
    label: `gdal_translate -scale, NUM_THREADS=${threads}`,
    command: (output) => ['gdal_translate', ...stretch, ...creation, scene.path, output],
  };
}
