/** Text from files can hold line ends and terminal escapes; in one line of output they are shown, not obeyed. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, (run) => (/^[\n\r\t]+$/.test(run) ? ' ' : '\ufffd'));
}
