import { fixturePath } from '../oracle/support/run.js';

/** Committed rasters of many kinds: types, nodata, strips and tiles, planes, byte orders, sparse ones. */
export const FIXTURES = [
  'scene.tif', 'planar.tif', 'planar-strips.tif', 'odd-tiles.tif', 'one-strip.tif', 'uint8-strips.tif', 'bands-7.tif', 'float32-nan.tif',
  'float32-nodata.tif', 'float64-strips.tif', 'sparse-zero.tif', 'sparse-nan.tif', 'uint16-bigendian-tiled.tif', 'bigtiff.tif', 'tiny-1x1.tif', 'rotated.tif', 'int8.tif', 'extra-tags.tif',
] as const;

export const pathOf = (name: string): string => fixturePath(name);

/** Numbers in [0, 1) that are the same in every run (Numerical Recipes, 2nd edition, 7.1). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The same items in another order. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  return mixed;
}
