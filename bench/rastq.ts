import { spawnSync } from 'node:child_process';
import type { Report } from '../src/report/report.js';
import type { Contender } from './contender.js';
import { RASTQ } from './places.js';
import type { Scene } from './scenes.js';
import { median, type Series } from './series.js';

/** Rastq normalizing a scene, run by this very Node. */
export function rastq(scene: Scene, ...options: readonly string[]): Contender {
  return rastqCommand('normalize', scene, ...options);
}

/** Any command of rastq that makes a raster of one. */
export function rastqCommand(command: string, scene: Scene, ...options: readonly string[]): Contender {
  const words = command === 'normalize' ? options : [command, ...options];
  return {
    name: 'rastq',
    label: ['rastq', ...words].join(' '),
    command: (output) => [process.execPath, RASTQ, command, scene.path, output, ...options, '--overwrite', '--json'],
  };
}

/** Whether rastq has a command of this name. */
export function hasCommand(name: string): boolean {
  const { stdout } = spawnSync(process.execPath, [RASTQ, '--help'], { encoding: 'utf8' });
  return new RegExp(`^ {2}${name}\\b`, 'm').test(stdout);
}

export function reportOf(stdout: string): Report {
  return JSON.parse(stdout) as Report;
}

/** The median of the peak memory that rastq tells of itself: the kernel's own high-water marks, not samples. */
export function reportedPeak({ runs }: Series): number {
  return median(runs.map(({ stdout }) => reportOf(stdout).maxRssBytes.tree));
}
