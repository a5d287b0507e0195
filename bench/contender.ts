/** A program and its input: what is measured. */
export interface Contender {
  /** What tables of goals know it by: `rastq`, `queue`, `threads2`. */
  readonly name: string;
  /** Its row in the table. */
  readonly label: string;
  readonly command: (output: string) => readonly string[];
}
