import { shown, UsageError } from '../errors.js';

/**
 * What the value of an option may be: looks at one that was given.
 * @param name what messages call it: `run: queue.size`
 * @throws UsageError that says what was wanted and what was given
 */
export type Kind = (name: string, value: unknown) => void;

/** Options by their names. */
export type Kinds<T> = { readonly [Name in keyof T]?: Kind };

/** A kind by its test. @param wanted it in words */
export function kind(wanted: string, takes: (value: unknown) => boolean): Kind {
  return (name, value) => {
    if (!takes(value)) throw new UsageError(`${name} is ${shown(value)}, wanted ${wanted}`);
  };
}

/** Of options that need not be given. */
export const optional = (of: Kind): Kind => (name, value) => {
  if (value !== undefined) of(name, value);
};

/** An object of options. @param before what their names have before them; by default the object's own */
export function options<T>(kinds: Kinds<T>, before?: string): Kind {
  return (name, value) => {
    anObject(name, value);
    for (const [each, of] of Object.entries<Kind | undefined>(kinds)) of?.(`${before ?? `${name}.`}${each}`, (value as Record<string, unknown>)[each]);
  };
}

export const wholeNumber = (least: number, most: number): Kind =>
  kind(`a whole number from ${least} to ${most}`, (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most);
export const oneOf = (...known: readonly string[]): Kind => kind(known.map((each) => `'${each}'`).join(' or '), (value) => known.includes(value as string));
export const above0 = (what: string): Kind => kind(`${what} above 0`, (value) => typeof value === 'number' && value > 0);
export const aFlag = kind('true or false', (value) => typeof value === 'boolean');
export const aText = kind('a text', (value) => typeof value === 'string' && value !== '');
export const aFunction = kind('a function', (value) => typeof value === 'function');
export const aWindow = kind('{ col, row, width, height } of numbers', (value) => isObject(value) && ['col', 'row', 'width', 'height'].every((name) => typeof value[name] === 'number'));
export const anObject = kind('an object', isObject);

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
