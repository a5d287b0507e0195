import type { Report } from '../src/report/report.js';
import type { Contender } from './contender.js';
import { RASTQ } from './places.js';
import type { Scene } from './scenes.js';

/** Rastq on a scene, run by this very Node. */
export function rastq(scene: Scene, ...options: readonly string[]): Contender {
  return {
    label: `rastq ${options.join(' ')}`,
    command: (output) => [process.execPath, RASTQ, 'normalize', scene.path, output, ...options, '--overwrite', '--json'],
  };
}

/** The peak memory that rastq tells of itself: the kernel's own high-water marks, not samples. */
export function reportedPeakBytes(stdout: string): number {
  return (JSON.parse(stdout) as Report).maxRssBytes.tree;
}
