import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { availableMemory } from '../../src/io/available-memory.js';
import { Folder } from '../support/folder.js';

const GB = 2 ** 30;

/** The memory that a system with these files has left. */
function availableWith(t: TestContext, files: Readonly<Record<string, string>>): number {
  const folder = new Folder(t);
  for (const [name, text] of Object.entries({ 'proc/meminfo': `MemTotal: 99 kB\nMemAvailable:    ${(8 * GB) / 1024} kB\n`, ...files })) {
    mkdirSync(dirname(folder.at(name)), { recursive: true });
    writeFileSync(folder.at(name), text);
  }
  return availableMemory({ proc: folder.at('proc'), cgroups: folder.at('cgroup') });
}

describe('the memory that is available', () => {
  test('is what the machine has, without control groups', (t) => assert.equal(availableWith(t, {}), 8 * GB));

  test('is what a group of version 2 leaves, files that are not in use apart', (t) => {
    const bytes = availableWith(t, {
      'proc/self/cgroup': '0::/jobs/one\n',
      'cgroup/jobs/one/memory.max': `${2 * GB}\n`,
      'cgroup/jobs/one/memory.current': `${1.5 * GB}\n`,
      'cgroup/jobs/one/memory.stat': `anon 5\ninactive_file ${GB}\nactive_file 7\n`,
    });
    assert.equal(bytes, 1.5 * GB);
  });

  test('is what a group above leaves, if that is less', (t) => {
    const bytes = availableWith(t, {
      'proc/self/cgroup': '0::/jobs/one\n',
      'cgroup/jobs/memory.max': `${GB}\n`,
      'cgroup/jobs/memory.current': `${GB / 2}\n`,
      'cgroup/jobs/one/memory.max': 'max\n',
    });
    assert.equal(bytes, GB / 2);
  });

  test('is what the root leaves in a container, where the own path is not to be seen', (t) => {
    const bytes = availableWith(t, {
      'proc/self/cgroup': '0::/../../machine/abc\n',
      'cgroup/memory.max': `${GB}\n`,
      'cgroup/memory.current': '0\n',
    });
    assert.equal(bytes, GB);
  });

  test('is what a group of version 1 leaves', (t) => {
    const bytes = availableWith(t, {
      'proc/self/cgroup': '5:cpu,memory:/jobs\n1:name=systemd:/\n0::/\n',
      'cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'cgroup/memory/jobs/memory.limit_in_bytes': `${GB}\n`,
      'cgroup/memory/jobs/memory.usage_in_bytes': `${GB / 2}\n`,
      'cgroup/memory/jobs/memory.stat': `total_inactive_file ${GB / 4}\n`,
    });
    assert.equal(bytes, 0.75 * GB);
  });

  test('is none where a group has used up its limit', (t) => {
    const bytes = availableWith(t, { 'proc/self/cgroup': '0::/\n', 'cgroup/memory.max': '10\n', 'cgroup/memory.current': '20\n' });
    assert.equal(bytes, 0);
  });

  test('is some on this machine', () => assert.ok(availableMemory() > 0));
});
