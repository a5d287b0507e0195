import { loadCodecs } from '../../src/codecs/load.js';
import type { Matrix } from './capabilities.js';
import type { Refusal, Refusals } from './refusals.js';

/** The tables of `docs/capabilities.md`. */

export const BEGIN = '<!-- tables: written by test/reading/capabilities.test.ts -->';
export const END = '<!-- end of tables -->';

/** The page's text with the tables between its marks. */
export function withTables(page: string, tables: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has not the marks "${BEGIN}" and "${END}"`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${tables}\n${page.slice(end)}`;
}

/** A table with a row and a column a name; `all` where every codec does. */
export function matrixTable(corner: string, matrix: Matrix): string {
  const columns = [...new Set([...matrix.values()].flatMap((row) => [...row.keys()]))];
  const cells = [...matrix.values()].flatMap((row) => [...row.values()]);
  const all = Math.max(...cells.map((cell) => cell.length));
  const text = (cell: readonly string[] | undefined): string => {
    if (cell === undefined) return '–';
    return cell.length === all && cell.every((word) => !word.includes(':')) ? 'all' : cell.join(', ');
  };
  return table([corner, ...columns], [...matrix].map(([name, row]) => [name, ...columns.map((column) => text(row.get(column)))]));
}

/** Codecs by their name, the values of the Compression tag, and what is done with them. */
export async function codecTable(): Promise<string> {
  const rows = (await loadCodecs()).map(({ name, tags, encoding, takesPredictor }) => [
    name,
    tags.join(', '),
    'read',
    encoding === undefined ? 'no, the output is deflate' : 'written',
    takesPredictor ? 'yes' : 'no',
  ]);
  return table(['Codec', 'Compression tag', 'Read', 'Written', 'Predictors'], rows);
}

export function refusalTables({ compressions, photometrics, samples }: Refusals): string {
  const lists: (readonly [string, readonly Refusal[]])[] = [['Compression tag', compressions], ['PhotometricInterpretation', photometrics], ['Samples', samples]];
  return lists
    .map(([what, all]) => table([what, 'Refused with exit code 3 and these words'], all.filter(({ words }) => words !== null).map(({ what: name, words }) => [name, words!])))
    .join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
