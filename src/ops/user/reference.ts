/** Where a user's operation is: a module, and what it exports. */
export interface UserReference {
  readonly path: string;
  /** The export's name; `default` where none is given. */
  readonly exported: string;
}

/** Reads `./mine.mjs`, `../mine.mjs:halveIt`, `/home/me/mine.mjs`; null for the name of an operation of rastq's own. */
export function parseReference(text: string): UserReference | null {
  if (!/^\.{0,2}\//.test(text)) return null;
  const named = /^(.+):([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(text);
  return named === null ? { path: text, exported: 'default' } : { path: named[1], exported: named[2] };
}
