/** A program and its input: what is measured. */
export interface Contender {
  /** Its name in the table. */
  readonly label: string;
  readonly command: (output: string) => readonly string[];
}
