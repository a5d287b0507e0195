import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { runCli } from '../support/cli.js';
import { preload } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const skip = !existsSync('/bin/sh') && 'needs /bin/sh';

test('a process that the system could not start is sent no signal: others would get it', { skip }, async (t) => {
  const folder = new Folder(t);
  folder.addFixture('scene.tif');
  const env = { ...preload('stray-kill-preload.js'), STRAY_KILLS: folder.at('strays') };
  let failures = 0;
  for (let descriptors = 20; descriptors <= 27; descriptors++) {
    const through = ['sh', '-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh'];
    const result = await runCli(['sharpen', 'in.tif', 'out.tif', '--overwrite', '--pool', 'processes', '-j', '2'], { cwd: folder.path, through, env });
    if (result.code !== 0) failures++;
    assert.equal(folder.read('strays').toString(), '', `${descriptors} descriptors`);
  }
  assert.ok(failures > 0);
});
