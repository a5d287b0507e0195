import { rastqVersion, commit, type Facts, machine } from './machine.js';
import { commandOf, type Options } from './options.js';
import type { Series } from './series.js';
import { comparisonTable, type Growth, growthTable } from './table.js';

/** What was measured on scenes of one layout. */
export interface LayoutResult {
  readonly layout: string;
  readonly creation: readonly string[];
  readonly series: readonly Series[];
  readonly growths: readonly Growth[];
}

/** Where and with what the figures came to be. To be asked for before the runs, which raise the load. */
export function circumstances(options: Options, versions: Facts, peersOrigin: string): Facts {
  const all = { rastq: rastqVersion(), Node: process.versions.node, ...versions };
  return {
    Date: new Date().toISOString().slice(0, 10),
    Commit: commit(),
    Command: `\`${commandOf(options)}\``,
    ...machine(),
    Versions: Object.entries(all).map(([name, version]) => `${name} ${version}`).join(', '),
    'Python programs': peersOrigin,
  };
}

/** The whole of what was measured, as markdown. */
export function benchmarkDocument(options: Options, facts: Facts, results: readonly LayoutResult[]): string {
  const { size, turns } = options;
  const sections = results.map(({ layout, creation, series }) => [`## ${layout}`, '', `\`${creation.join(' ')}\``, '', comparisonTable(series), ''].join('\n'));
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench -- --write`; [bench/README.md](../bench/README.md) says what is measured and how.',
    '',
    ...Object.entries(facts).map(([name, fact]) => `- ${name}: ${fact}`),
    '',
    `Normalizing a scene of ${size} x ${size} pixels, 4 bands, uint16. Whole processes from command to exit, by turns;`,
    `medians of ${turns} ${turns === 1 ? 'turn' : 'turns'}. Peak memory is of the whole process tree, each page counted once.`,
    '',
    ...sections,
    '## Memory and the size of the raster',
    '',
    'Peak resident memory as rastq reports it, summed over its processes, where the raster grows fourfold.',
    '',
    growthTable(size, results.flatMap(({ growths }) => growths)),
    '',
  ].join('\n');
}
