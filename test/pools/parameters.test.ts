import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AnyFunction, argumentsOf, parametersOf } from '../../src/pools/parameters.js';

/** A function from its source, as users write it: compiled code has no types left. */
function written(source: string): AnyFunction {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  return new Function(`return ${source}`)() as AnyFunction;
}

describe('the parameters that a function declares', () => {
  const CASES: readonly (readonly [source: string, names: string | undefined])[] = [
    ['(a, b) => a', 'a b'],
    ['a => a', 'a'],
    ['async a => a', 'a'],
    ['async (a, b = 2) => a', 'a b?'],
    ['function named(a, b) { return (a, b); }', 'a b'],
    ['async function* (a) {}', 'a'],
    ['({ method(a, b) {} }).method', 'a b'],
    ["({ ['computed (x)'.trim()](a, b) {} })['computed (x)']", 'a b'],
    ['(a = "),", b = [1, (2, 3)], c = { d: `,)` }, e) => a', 'a? b? c? e'],
    ['(a /* , x */, // y,\n b) => a', 'a b'],
    ["(a = '/* no comment */', b) => a", 'a? b'],
    ['($größe, _b) => 1', '$größe _b'],
    ['(a, b,) => a', 'a b'],
    ['({ a, b }) => a', undefined],
    ['({ a }, b) => a', undefined],
    ['([a]) => a', undefined],
    ['(...all) => all', undefined],
    ['() => 1', undefined],
    ['Math.max', undefined],
    ['((a) => a).bind(null)', undefined],
  ];
  for (const [source, names] of CASES) {
    test(source, () => {
      const told = parametersOf(written(source))?.map(({ name, isOptional }) => `${name}${isOptional ? '?' : ''}`);
      assert.equal(told?.join(' '), names);
    });
  }
});

describe('what a function takes for an item', () => {
  const CASES: readonly (readonly [what: string, source: string, item: unknown, args: unknown[]])[] = [
    ['named arguments in any order', '(a, b) => a', { b: 2, a: 1 }, [1, 2]],
    ['a default where an argument is not given', '(a, b = 5) => a', { a: 1 }, [1, undefined]],
    ['one named argument', '(a) => a', { a: 1 }, [1]],
    ['an object that is no named argument', '(point) => point', { x: 1, y: 2 }, [{ x: 1, y: 2 }]],
    ['an object beside an option', '(point, scale = 2) => point', { x: 1 }, [{ x: 1 }]],
    ['a pattern', '({ a, b }) => a', { a: 1, b: 2 }, [{ a: 1, b: 2 }]],
    ['a number', '(a, b) => a', 1, [1]],
    ['an array', '(a, b) => a', [1, 2], [[1, 2]]],
    ['no plain object', '(a, b) => a', new Date(0), [new Date(0)]],
    ['nothing', '(a) => a', null, [null]],
    ['an empty object', '(a = 1) => a', {}, [{}]],
  ];
  for (const [what, source, item, args] of CASES) {
    test(what, () => assert.deepEqual(argumentsOf(item, parametersOf(written(source))), args));
  }

  test('never the wrong ones', () => {
    const parameters = parametersOf(written('(base, exponent) => base'));
    assert.throws(() => argumentsOf({ base: 1, exp: 2 }, parameters), /takes base, exponent; the item lacks exponent and has exp/);
    assert.throws(() => argumentsOf({ base: 1 }, parameters), /lacks exponent$/);
  });
});
