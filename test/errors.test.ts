import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromErrorRecord, toErrorRecord, textOf, UsageError } from '../src/errors.js';

test('an error comes back with its kind, stack, code and causes', () => {
  const cause = Object.assign(new RangeError('why'), { code: 'EWHY' });
  const error = new UsageError('what', { cause });
  const back = fromErrorRecord(toErrorRecord(error));
  assert.ok(back instanceof UsageError && back.cause instanceof Error);
  assert.deepEqual([back.message, back.stack], ['what', error.stack]);
  assert.deepEqual([back.cause.name, back.cause.message, (back.cause as NodeJS.ErrnoException).code], ['RangeError', 'why', 'EWHY']);
});

test('causes that go round, or on for ever, are told so far', () => {
  const first = new Error('first');
  const second = new Error('second', { cause: first });
  first.cause = second;
  assert.equal(toErrorRecord(first).cause!.message, 'second');
  assert.equal(toErrorRecord(first).cause!.cause, undefined);
  const endless = (): Error => Object.defineProperty(new Error('endless'), 'cause', { get: endless });
  let depth = 0;
  for (let record = toErrorRecord(endless()).cause; record !== undefined; record = record.cause) depth++;
  assert.equal(depth, 16);
});

test('what cannot be read is told in words that can', () => {
  const { proxy, revoke } = Proxy.revocable(new Error('gone'), {});
  revoke();
  const refusing = Object.defineProperty(new Error(), 'message', {
    get: () => {
      throw new Error('refused');
    },
  });
  for (const thrown of [proxy, Object.create(null), refusing, Object.assign(new Error(), { message: Object.create(null) as string })]) {
    assert.equal(textOf(thrown), 'threw something that cannot be put into words');
    assert.equal(fromErrorRecord(toErrorRecord(thrown)).message, 'threw something that cannot be put into words');
  }
  // What has no text for a kind or a stack has none.
  const odd = fromErrorRecord(toErrorRecord(Object.assign(new Error('odd'), { name: 1, stack: () => 1 })));
  assert.deepEqual([odd.name, odd.message, typeof odd.stack], ['Error', 'odd', 'string']);
  const misnamed = fromErrorRecord(toErrorRecord(Object.assign(new Error('misnamed'), { name: 'toString' })));
  assert.deepEqual([misnamed.name, misnamed.message], ['toString', 'misnamed']);
  for (const thrown of [null, undefined, 'text', Symbol('text')]) assert.equal(textOf(thrown), String(thrown));
});
