/** A parameter as a function declares it. */
export interface Parameter {
  readonly name: string;
  /** It has a default value. */
  readonly isOptional: boolean;
}

/** Any function. */
export type AnyFunction = (...args: unknown[]) => unknown;

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*/u;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * What a function takes for an item. An object of named arguments, whose keys are the function's parameters, is passed
 * parameter by parameter; a function that declares one pattern, `({ base, exponent })`, or a single name that is no key
 * of the item, takes the item whole, as it does all that is no plain object.
 * @param parameters of the function; undefined: it takes items whole
 * @throws TypeError where an object's keys and the parameters do not fit
 */
export function argumentsOf(item: unknown, parameters: readonly Parameter[] | undefined): unknown[] {
  if (parameters === undefined || !isPlain(item)) return [item];
  const names = parameters.map(({ name }) => name);
  const keys = Object.keys(item);
  const unknown = keys.filter((key) => !names.includes(key));
  const missing = parameters.filter(({ name, isOptional }) => !isOptional && !keys.includes(name)).map(({ name }) => name);
  if (keys.length > 0 && unknown.length === 0 && missing.length === 0) return names.map((name) => item[name]);
  const takesOne = parameters.filter(({ isOptional }) => !isOptional).length <= 1;
  if (takesOne && (names.length === 1 || unknown.length === keys.length)) return [item];
  const wrong = [...missing.map((name) => `lacks ${name}`), ...unknown.map((key) => `has ${key}`)];
  throw new TypeError(`the function takes ${names.join(', ')}; the item ${wrong.join(' and ')}`);
}

function isPlain(item: unknown): item is Record<string, unknown> {
  if (typeof item !== 'object' || item === null) return false;
  const prototype: unknown = Object.getPrototypeOf(item);
  return prototype === Object.prototype || prototype === null;
}

/** The parameters that a function's source declares; undefined where they are not all names, or there is no source. */
export function parametersOf(call: AnyFunction): Parameter[] | undefined {
  const source = withoutComments(call.toString());
  if (source.endsWith('{ [native code] }')) return undefined;
  const single = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(source);
  if (single !== null) return [{ name: single[1], isOptional: false }];
  const parameters: Parameter[] = [];
  for (const text of partsBetweenParentheses(source)) {
    const name = NAME.exec(text)?.[0];
    if (name === undefined) return undefined;
    parameters.push({ name, isOptional: text.length > name.length });
  }
  return parameters.length === 0 ? undefined : parameters;
}

/** The parts of a function's first pair of parentheses, between its commas. */
function partsBetweenParentheses(source: string): string[] {
  const parts: string[] = [];
  const open: string[] = [];
  let from = source.indexOf('(', source.startsWith('[') ? source.indexOf(']') : 0) + 1;
  for (let at = from - 1; at < source.length; at++) {
    const char = source[at];
    if (char === '"' || char === "'" || char === '`') {
      at = endOfText(source, at);
    } else if (char in CLOSING) {
      open.push(CLOSING[char]);
    } else if (char === open.at(-1)) {
      open.pop();
    }
    if ((open.length === 1 && source[at] === ',') || open.length === 0) {
      const part = source.slice(from, at).trim();
      if (part !== '') parts.push(part);
      from = at + 1;
    }
    if (open.length === 0) break;
  }
  return parts;
}

/** Where the text that begins at a quote ends. */
function endOfText(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length && source[at] !== source[start]) at += source[at] === '\\' ? 2 : 1;
  return at;
}

/** Blanks comments; those in texts are left alone. */
function withoutComments(source: string): string {
  return source.replace(/("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (_, text: string | undefined) => text ?? ' ').trim();
}
