import { type Figure, MEMORY_GOAL, WORKER_MEMORY_GOAL } from './goals.js';
import type { Place } from './folder.js';
import type { Options } from './options.js';
import { pythonImports } from './peers.js';
import { hasCommand, rastq, rastqCommand, reportedPeak } from './rastq.js';
import type { Scene } from './scenes.js';
import { measureByTurns, medianWall, type Series } from './series.js';

export interface Further {
  readonly series: readonly Series[];
  readonly figures: readonly Figure[];
  /** What could not be measured, and why. */
  readonly notes: readonly string[];
}

/** The edge of a raster that ends before anything has warmed up. */
const SMALL = 512;
const ON = ['-j', '2'] as const;

/** Measures rastq beside itself: more workers, other pools, layouts, operations and sizes. */
export async function measureFurther({ size, turns, withDouble }: Options, place: Place, signal: AbortSignal): Promise<Further> {
  const scene = (edge: number, layout: string): Scene => place.scene(edge, layout);
  const deflate = scene(size, 'deflate');
  const canSharpen = hasCommand('sharpen');
  const canChain = canSharpen && hasCommand('run');
  const contenders = {
    two: rastq(deflate, ...ON),
    one: rastq(deflate, '-j', '1'),
    four: rastq(deflate, '-j', '4'),
    processes: rastq(deflate, ...ON, '--pool', 'processes'),
    ...(canSharpen && { sharpen: rastqCommand('sharpen', deflate, ...ON) }),
    ...(canChain && { chain: rastqCommand('run', deflate, '--op', 'normalize', '--op', 'sharpen', ...ON) }),
    deflateStrips: labelled(rastq(scene(size, 'deflate-strips'), ...ON), 'deflate-strips'),
    uncompressed: labelled(rastq(scene(size, 'uncompressed'), ...ON), 'uncompressed'),
    strips: labelled(rastq(scene(size, 'strips'), ...ON), 'strips'),
    half: labelled(rastq(scene(size / 2, 'deflate'), ...ON), `${size / 2}`),
    ...(withDouble && { double: labelled(rastq(scene(size * 2, 'deflate'), ...ON), `${size * 2}`) }),
    small: labelled(rastq(scene(SMALL, 'uncompressed')), `${SMALL}`),
    imports: pythonImports(),
  };
  const series = await measureByTurns(Object.values(contenders), turns, place.output, signal);
  const of = (name: keyof typeof contenders): Series => series[Object.keys(contenders).indexOf(name)];
  const ratio = (name: keyof typeof contenders, to: keyof typeof contenders): number => medianWall(of(name)) / medianWall(of(to));
  const times = (what: string, value: number, goal: Figure['goal']): Figure => ({ what, value, unit: 'times', goal });
  const bytes = (what: string, value: number, goal: Figure['goal']): Figure => ({ what, value, unit: 'bytes', goal });
  const milliseconds = 1000 * medianWall(of('small'));
  return {
    series,
    figures: [
      bytes(`peak RSS at -j 2, DEFLATE, ${size}`, reportedPeak(of('two')), MEMORY_GOAL),
      bytes('… for each further worker, from 2 to 4', (reportedPeak(of('four')) - reportedPeak(of('two'))) / 2, WORKER_MEMORY_GOAL),
      bytes(`… at ${size / 2}`, reportedPeak(of('half')), MEMORY_GOAL),
      ...(withDouble ? [bytes(`… at ${size * 2}`, reportedPeak(of('double')), MEMORY_GOAL)] : []),
      times('wall, --pool processes / threads, DEFLATE', ratio('processes', 'two'), { atMost: 1.3 }),
      bytes('PSS of --pool processes -j 2, all of them', of('processes').peakBytes, {}),
      times('wall, -j 1 / -j 2, DEFLATE', ratio('one', 'two'), { atLeast: 1.75 }),
      { what: `${SMALL} x ${SMALL} from command to finished file`, value: milliseconds, unit: 'milliseconds', goal: { atMost: 200 } },
      times("wall, Python's imports alone / that", ratio('imports', 'small'), { atLeast: 1 }),
      ...(canSharpen ? [times('wall, sharpen / normalize, DEFLATE', ratio('sharpen', 'two'), { atMost: 1.25 })] : []),
      ...(canChain ? [times('wall, a chain of both / normalize, DEFLATE', ratio('chain', 'two'), { atMost: 1.35 })] : []),
      times('wall, strips / tiled, uncompressed', ratio('strips', 'uncompressed'), { atMost: 1.15 }),
      times('wall, strips / tiled, DEFLATE', ratio('deflateStrips', 'two'), { atMost: 1.15 }),
    ],
    notes: [
      ...(canSharpen ? [] : ['Sharpening was not measured: this rastq has no command `sharpen`.']),
      ...(canChain ? [] : ['A chain was not measured: this rastq has no commands `sharpen` and `run`.']),
    ],
  };
}

const labelled = <T extends { readonly label: string }>(contender: T, what: string): T => ({ ...contender, label: `${contender.label}, ${what}` });
