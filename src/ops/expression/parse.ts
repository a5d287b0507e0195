import jsep from 'jsep';
import { textOf, UsageError } from '../../errors.js';
import { BINARY, FUNCTIONS_1, FUNCTIONS_2, FUNCTIONS_3, UNARY } from './loops.js';

/** An expression as a tree of what it computes. */
export type Term =
  | { readonly kind: 'number'; readonly value: number }
  /** A band by name: `b1`, `a.b1`, `a`. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unary' | 'binary' | 'call'; readonly operator: string; readonly terms: readonly Term[] };

const LONGEST = 10_000;
const DEEPEST = 1000;
const TOO_DEEP = `is nested deeper than ${DEEPEST} levels`;
const COMPARISONS = new Set(['<', '<=', '>', '>=', '==', '!=']);

// jsep's own settings are those of JavaScript. Here bits bind closer than comparisons, as in Python, and there are no
// words with a meaning of their own.
jsep.removeAllLiterals();
for (const operator of ['===', '!==', '>>>', '??']) jsep.removeBinaryOp(operator);
for (const [operator, precedence] of Object.entries({ '|': 7.2, '^': 7.4, '&': 7.6 })) jsep.addBinaryOp(operator, precedence);

/** The signed operands that were read. */
const signed = new WeakSet<jsep.Expression>();
/** What is in parentheses, which jsep leaves out of its tree. */
const grouped = new WeakSet<jsep.Expression>();

// Two operands and what is between them are a token in parentheses only, a signed operand is one before them too.
jsep.hooks.add('after-token', ({ node }) => {
  if (node?.type === 'BinaryExpression' || (node?.type === 'UnaryExpression' && signed.has(node))) grouped.add(node);
  else if (node?.type === 'UnaryExpression') signed.add(node);
});

/**
 * Reads an expression. Nothing of it is ever run as code: jsep makes a tree of it, and the tree is checked term by term.
 * @throws UsageError for what is not understood, and where
 */
export function parseExpression(text: string): Term {
  if (text.length > LONGEST) throw new UsageError(`--expr: ${text.length} characters, wanted at most ${LONGEST}`);
  let tree: jsep.Expression;
  try {
    tree = jsep(text);
  } catch (cause) {
    // jsep calls itself for each level, until there is no stack left.
    if (cause instanceof RangeError) throw refused(text, TOO_DEEP, cause);
    throw refused(text, textOf(cause), cause);
  }
  return toTerm(tree, text, 0);
}

function refused(text: string, why: string, cause?: unknown): UsageError {
  return new UsageError(`--expr "${text}": ${why}`, { cause });
}

function toTerm(expression: jsep.Expression, text: string, depth: number): Term {
  if (depth > DEEPEST) throw refused(text, TOO_DEEP);
  const inner = (part: jsep.Expression): Term => toTerm(part, text, depth + 1);
  const node = expression as jsep.CoreExpression;
  switch (node.type) {
    case 'Literal':
      if (typeof node.value !== 'number' || !Number.isFinite(node.value)) throw refused(text, `${node.raw} is no finite number`);
      return { kind: 'number', value: node.value };
    case 'Identifier':
      return { kind: 'name', name: node.name };
    case 'MemberExpression':
      return { kind: 'name', name: memberName(node, text) };
    case 'UnaryExpression':
      if (!Object.hasOwn(UNARY, node.operator)) throw refused(text, `there is no operator ${node.operator}`);
      return { kind: 'unary', operator: node.operator, terms: [inner(node.argument)] };
    case 'BinaryExpression':
      checkOrder(node, text);
      return { kind: 'binary', operator: node.operator, terms: [inner(node.left), inner(node.right)] };
    case 'ConditionalExpression':
      return { kind: 'call', operator: 'where', terms: [node.test, node.consequent, node.alternate].map(inner) };
    case 'CallExpression':
      return call(node.callee, node.arguments.map(inner), text);
    case 'Compound':
      throw refused(text, node.body.length === 0 ? 'is empty' : 'wanted one expression, got several');
    default:
      throw refused(text, `what is written here as ${node.type} has no meaning in an expression`);
  }
}

function memberName({ object, property, computed, optional }: jsep.MemberExpression, text: string): string {
  const [name, band] = [object, property] as jsep.CoreExpression[];
  if (computed || optional === true || name.type !== 'Identifier' || band.type !== 'Identifier') {
    throw refused(text, 'a band of a named input is written NAME.b1');
  }
  return `${name.name}.${band.name}`;
}

/** What Python reads otherwise than JavaScript is refused, but in parentheses: the user may have either in mind. */
function checkOrder({ operator, left, right }: jsep.BinaryExpression, text: string): void {
  if (!Object.hasOwn(BINARY, operator)) throw refused(text, `there is no operator ${operator}`);
  const isBare = (part: jsep.Expression, type: string): boolean => part.type === type && !grouped.has(part);
  if (operator === '**' && isBare(left, 'UnaryExpression')) {
    const sign = (left as jsep.UnaryExpression).operator;
    throw refused(text, `${sign}x ** y can be read in two ways: write ${sign}(x ** y) or (${sign}x) ** y`);
  }
  const isComparison = (part: jsep.Expression): boolean => isBare(part, 'BinaryExpression') && COMPARISONS.has((part as jsep.BinaryExpression).operator);
  if (COMPARISONS.has(operator) && [left, right].some(isComparison)) {
    throw refused(text, 'a comparison of a comparison can be read in two ways: write a < b && b < c, or (a < b) < c');
  }
}

function call(expression: jsep.Expression, terms: readonly Term[], text: string): Term {
  const callee = expression as jsep.CoreExpression;
  const name = calledName(callee);
  const counts = argumentCounts(name);
  if (counts === null) throw refused(text, `there is no function ${name}: there are ${FUNCTION_NAMES.join(', ')}`);
  if (terms.length < counts.least || terms.length > counts.most) {
    const wanted = counts.most === Infinity ? `${counts.least} or more` : counts.least;
    throw refused(text, `${name} takes ${wanted} values, got ${terms.length}`);
  }
  return { kind: 'call', operator: name, terms };
}

/** What is called, as it is written: no function has a point in its name. */
function calledName(callee: jsep.CoreExpression): string {
  if (callee.type === 'Identifier') return callee.name;
  const isNamed = callee.type === 'MemberExpression' && !callee.computed;
  return isNamed ? `${calledName(callee.object as jsep.CoreExpression)}.${calledName(callee.property as jsep.CoreExpression)}` : '(...)';
}

export const FUNCTION_NAMES = [FUNCTIONS_1, FUNCTIONS_2, FUNCTIONS_3].flatMap(Object.keys).sort();

function argumentCounts(name: string): { readonly least: number; readonly most: number } | null {
  if (name === 'min' || name === 'max') return { least: 2, most: Infinity };
  const exact = [FUNCTIONS_1, FUNCTIONS_2, FUNCTIONS_3].findIndex((functions) => Object.hasOwn(functions, name)) + 1;
  return exact === 0 ? null : { least: exact, most: exact };
}

/** The names in an expression, each once, in the order they come in. */
export function namesIn(term: Term): string[] {
  if (term.kind === 'name') return [term.name];
  if (term.kind === 'number') return [];
  return [...new Set(term.terms.flatMap(namesIn))];
}

/** Names for a message, not more than fit a line. */
export function listNames(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 3).join(', ')} … ${names.at(-1)!}`;
}
