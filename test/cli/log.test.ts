import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exitCodeOf, failureLine } from '../../src/cli/log.js';
import { SignalError, UsageError } from '../../src/errors.js';

const HERE = fileURLToPath(import.meta.url);
const noPackage = (path: string): Error => Object.assign(new Error(`Cannot find package '${path}' imported from x`), { code: 'ERR_MODULE_NOT_FOUND' });
const systemError = (code: string): Error => Object.assign(new Error(`${code}: open 'x'`), { code });

test('what rastq did not foresee is called a bug, and what the system has no more of is not', () => {
  for (const [error, code, line] of [
    [new UsageError('no such option'), 2, 'no such option'],
    [new UsageError('no file', { cause: systemError('EMFILE') }), 2, 'no file'],
    [new SignalError('SIGINT'), 130, 'stopped by SIGINT'],
    [systemError('EMFILE'), 5, "the system has no more file descriptors for a process: EMFILE: open 'x'"],
    [systemError('ENFILE'), 5, "the system has no more file descriptors: ENFILE: open 'x'"],
    [systemError('ENOMEM'), 5, "the system has no more memory: ENOMEM: open 'x'"],
    [systemError('EAGAIN'), 5, "the system has no more resources at the moment: EAGAIN: open 'x'"],
    [noPackage(`${HERE}/index.js`), 5, `the system has no more file descriptors for a process: Cannot find package '${HERE}/index.js' imported from x`],
    [noPackage(`${HERE}/none/index.js`), 1, `a bug in rastq, please report it: Cannot find package '${HERE}/none/index.js' imported from x`],
    [noPackage('none'), 1, "a bug in rastq, please report it: Cannot find package 'none' imported from x"],
    [systemError('ENOENT'), 1, "a bug in rastq, please report it: ENOENT: open 'x'"],
    [new TypeError('undefined is no function'), 1, 'a bug in rastq, please report it: undefined is no function'],
    [null, 1, 'a bug in rastq, please report it: null'],
    [Object.create(null), 1, 'a bug in rastq, please report it: threw something that cannot be put into words'],
  ] as const) {
    assert.deepEqual([exitCodeOf(error), failureLine(error)], [code, line]);
  }
});
