/**
 * What a terminal obeys rather than shows: control characters, C0, DEL and C1, ends of lines, and marks that turn the
 * direction of what follows, by which a name can pass for another one.
 */
// eslint-disable-next-line no-control-regex
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** Text of files, names of files too, can hold what a terminal obeys; in one line of output it is shown, not obeyed. */
export function printable(text: string): string {
  return text.replace(OBEYED, (run) => (/^[\n\r\t]+$/.test(run) ? ' ' : '\ufffd'));
}

/** As `printable`, a line for each of the text's. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** JSON that says the same and holds nothing that a terminal obeys but ends of lines. */
export function printableJson(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  const escaped = (run: string): string => (run === '\n' ? run : run.replace(/[^\n]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`));
  return JSON.stringify(value, replacer, 2).replace(OBEYED, escaped);
}
