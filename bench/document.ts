import type { Further } from './further.js';
import { commit, type Facts, machine, rastqVersion } from './machine.js';
import { commandOf, type Options } from './options.js';
import type { Place } from './folder.js';
import { comparisonTable, figureTable, goalTable, type LayoutResult } from './table.js';

/** Where and with what the figures came to be. To be asked for before the runs, which raise the load. */
export function circumstances(options: Options, versions: Facts, { fileSystem, programs }: Place): Facts {
  const all = { rastq: rastqVersion(), Node: process.versions.node, ...versions };
  return {
    Date: new Date().toISOString().slice(0, 10),
    Commit: commit(),
    Command: `\`${commandOf(options)}\``,
    ...machine(),
    Files: `${fileSystem}; written back with \`sync\` before each run, outside its time`,
    Versions: Object.entries(all).map(([name, version]) => `${name} ${version}`).join(', '),
    'Scene and Python programs': programs.origin,
  };
}

export const factLines = (facts: Facts): string[] => Object.entries(facts).map(([name, fact]) => `- ${name}: ${fact}`);

/** What rastq and its peers took, as markdown. */
export function comparisonDocument({ size, turns }: Options, facts: Facts, results: readonly LayoutResult[], further: Further): string {
  const sections = results.map(({ layout, creation, series }) => [`## ${layout}`, '', `\`${creation.join(' ')}\``, '', comparisonTable(series), ''].join('\n'));
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench -- --write`; [bench/README.md](../bench/README.md) says what is measured and how.',
    '',
    ...factLines(facts),
    '',
    `Normalizing a scene of ${size} x ${size} pixels, 4 bands, uint16. Whole processes from command to exit, by turns;`,
    `medians of ${turns} ${turns === 1 ? 'turn' : 'turns'}.`,
    '',
    '## Goals',
    '',
    'In parentheses what is wanted, of 8192 x 8192 pixels on two cores; bold where it is reached.',
    '',
    goalTable(results),
    '',
    figureTable(further.figures),
    '',
    ...further.notes.flatMap((note) => [note, '']),
    ...sections,
    '## rastq beside itself',
    '',
    comparisonTable(further.series),
    '',
  ].join('\n');
}
