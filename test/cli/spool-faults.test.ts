import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failureOf, runCli } from '../support/cli.js';
import { preload } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const ON_WINDOWS = process.platform === 'win32' && 'there is no sh on Windows';

describe('a temporary file that cannot be made ends the run with code 5 and leaves nothing', { concurrency: 2, skip: ON_WINDOWS }, () => {
  for (const [what, words, fault] of [
    ['the folder of standard input', ['-', 'out.tif'], 'EACCES:mkdirSync:1'],
    ['standard input, for its name', ['-', 'out.tif'], 'EMFILE:openSync:1'],
    ['standard input, for the room there is', ['-', 'out.tif'], 'EIO:statfsSync:1'],
    ['standard input, for its start', ['-', 'out.tif'], 'EIO:ftruncateSync:1'],
    ['standard input, for its bytes', ['-', 'out.tif'], 'ENOSPC:writeSync:1'],
    ['the folder of standard output', ['in.tif', '-'], 'EDQUOT:mkdirSync:1'],
    ['the folder of many outputs', ['--out-dir', 'done', 'in.tif'], 'EDQUOT:mkdirSync:1'],
  ] as const) {
    test(what, async (t) => {
      const folder = new Folder(t);
      folder.addFixture('rotated.tif');
      const env = { ...preload('file-fault-preload.js'), FILE_FAULT: fault };
      const through = ['sh', '-c', '"$0" "$@" < in.tif'];
      const result = await runCli(['normalize', ...words, '--spool-dir', folder.path], { cwd: folder.path, env, through });
      assert.match(failureOf(result, 5), new RegExp(`\\(${fault.split(':')[0]}\\)$`));
      assert.deepEqual(folder.list(), ['in.tif']);
    });
  }
});
