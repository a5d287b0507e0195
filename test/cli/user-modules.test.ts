import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { assertSilentSuccess, failureOf, onlyLine, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const COPY = 'export default (window) => window;\n';
const FILES = ['run', 'in.tif', 'out.tif', '--op', './mine.mjs', '--co', 'BLOCKXSIZE=64', '--co', 'BLOCKYSIZE=64', '--window', '64'];

/** A folder with a user's operation in it. */
function folderWith(t: TestContext, module: string): Folder {
  const folder = new Folder(t);
  folder.addFixture('scene.tif');
  writeFileSync(folder.at('mine.mjs'), module);
  return folder;
}

interface Exit {
  readonly code: number;
  /** In which call of each thread or process, from 1. */
  readonly at: number;
  /** Only in the first of them. */
  readonly isOnce?: boolean;
}

/** An operation that ends the thread or process that it is in. */
const exiting = ({ code, at, isOnce = false }: Exit): string => `
  import { openSync } from 'node:fs';
  const isFirst = () => { try { openSync('met', 'wx'); return true; } catch { return false; } };
  let calls = 0;
  export default (window) => { if (++calls === ${at} ${isOnce ? '&& isFirst()' : ''}) process.exit(${code}); return window; };
`;

describe("process.exit in a user's operation ends its worker, whatever its code", { concurrency: 2 }, () => {
  for (const pool of ['threads', 'processes']) {
    // A code of success is no success of the run.
    for (const code of [0, 3]) {
      test(`${pool}, code ${code}: the task is done again`, async (t) => {
        const sound = folderWith(t, COPY);
        assertSilentSuccess(await runCli([...FILES, '--pool', 'inline'], { cwd: sound.path }));
        const folder = folderWith(t, exiting({ code, at: 5, isOnce: true }));
        const result = await runCli([...FILES, '--pool', pool, '-j', '2'], { cwd: folder.path });
        assert.equal(result.code, 0, result.stderr);
        assert.match(onlyLine(result.stderr), new RegExp(`worker \\d.* died: it exited with code ${code}, at task \\d+ .*, which is done again`));
        assert.deepEqual(folder.read('out.tif'), sound.read('out.tif'));
      });
    }

    test(`${pool}, each time: the run fails and names the task`, async (t) => {
      const folder = folderWith(t, exiting({ code: 0, at: 1 }));
      const line = failureOf(await runCli([...FILES, '--pool', pool, '-j', '2'], { cwd: folder.path }), 6);
      assert.match(line, /^worker \d.* died: it exited with code 0, at task \d+ .*3 times/);
      assert.deepEqual(folder.list(), ['in.tif', 'mine.mjs']);
    });
  }
});

describe('process.exit where there is no worker is no success, and leaves nothing', { concurrency: 2 }, () => {
  const PLACES: readonly (readonly [name: string, module: string])[] = [
    ['in a call', exiting({ code: 0, at: 5 })],
    ['in a call, with a code that means something else', exiting({ code: 3, at: 5 })],
    ['as the module is loaded', 'process.exit(0);'],
    ['as it tells what it makes', 'export default { describe: () => process.exit(0), kernel: (window) => window };'],
    ['and where it waits for what never comes', 'await new Promise(() => undefined);'],
  ];
  for (const [name, module] of PLACES) {
    test(name, async (t) => {
      const folder = folderWith(t, module);
      const { code, stdout, stderr } = await runCli([...FILES, '--pool', 'inline'], { cwd: folder.path });
      assert.deepEqual([code, stdout], [6, ''], stderr);
      assert.match(stderr, /^rastq: the process was ended before its work was done, as by process\.exit in an operation$/m);
      assert.deepEqual(folder.list(), ['in.tif', 'mine.mjs']);
    });
  }

  test('but what --resume keeps, which is said in the same line', async (t) => {
    const folder = folderWith(t, exiting({ code: 0, at: 5, isOnce: true }));
    const line = failureOf(await runCli([...FILES, '--pool', 'inline', '--resume'], { cwd: folder.path }), 6);
    assert.match(line, /as by process\.exit in an operation; out\.tif\.partial keeps what is done, the same command goes on with it$/);
    assertSilentSuccess(await runCli([...FILES, '--pool', 'inline', '--resume'], { cwd: folder.path }));
  });
});

/** What is hard to put into words, or to send. */
const THROWN: readonly (readonly [what: string, thrown: string, says: RegExp])[] = [
  ['an object without a text', 'Object.create(null)', /threw something that cannot be put into words/],
  ['a Proxy that throws', 'new Proxy(new Error(), { get: refuse, getPrototypeOf: refuse, has: refuse })', /threw something that cannot be put into words/],
  ['an error that is its own cause', "(() => { const error = new Error('cyclic'); error.cause = error; return error; })()", /cyclic/],
];

describe("whatever a user's operation throws ends the run with a line that names the window", { concurrency: 2 }, () => {
  for (const pool of ['threads', 'processes', 'inline']) {
    for (const [what, thrown, says] of THROWN) {
      test(`${pool}: ${what}`, async (t) => {
        const folder = folderWith(t, `const refuse = () => { throw new Error('refused'); };\nexport default () => { throw ${thrown}; };\n`);
        const line = failureOf(await runCli([...FILES, '--pool', pool, '-j', '1', '-v', '--log-format', 'json'], { cwd: folder.path }), 6);
        assert.match(line, /^operation \.\/mine\.mjs failed on 64 x 64 pixels at column 0, row 0: /);
        assert.match(line, says);
        assert.deepEqual(folder.list(), ['in.tif', 'mine.mjs']);
      });
    }
  }
});

for (const [what, module, code, says] of [
  ['describe', "describe: () => { throw new Error('mine'); }", 6, /^operation \.\/mine\.mjs: its describe failed: mine$/],
  ['halo', 'halo: () => { throw Object.create(null); }', 6, /^operation \.\/mine\.mjs: its halo failed: threw something that cannot/],
  ['the parser of a parameter', "params: { by: { parse: () => { throw new Error('mine'); } } }", 2, /^--op \.\/mine\.mjs:by=1: \.\/mine\.mjs: by: mine$/],
] as const) {
  test(`what ${what} of a user's operation throws is no bug of rastq's`, async (t) => {
    const folder = folderWith(t, `export default { ${module}, kernel: (window) => window };\n`);
    const words = code === 2 ? ['run', 'in.tif', 'out.tif', '--op', './mine.mjs:by=1'] : FILES;
    assert.match(failureOf(await runCli(words, { cwd: folder.path }), code), says);
    assert.deepEqual(folder.list(), ['in.tif', 'mine.mjs']);
  });
}

const THROW_LATER = "setTimeout(() => { throw new Error('late'); }, 0);";

describe("the process is the command's, whatever a user's module leaves in it", { concurrency: 2 }, () => {
  for (const pool of ['threads', 'processes', 'inline']) {
    for (const [what, module] of [
      ['what it opened does not keep it', `setInterval(() => undefined, 1000);\n${COPY}`],
      ['nor what a call opened', 'export default (window) => { setInterval(() => undefined, 1000); return window; };'],
      ['its exit code is none', `process.exitCode = 3;\n${COPY}`],
    ] as const) {
      test(`${pool}: ${what}`, async (t) => {
        const folder = folderWith(t, module);
        assertSilentSuccess(await runCli([...FILES, '--pool', pool, '-j', '2'], { cwd: folder.path }));
        assert.deepEqual(folder.list(), ['in.tif', 'mine.mjs', 'out.tif']);
      });
    }

    for (const [what, module] of [
      ['it throws', `${THROW_LATER}\n${COPY}`],
      ['a promise is rejected', `setTimeout(() => void Promise.reject(new Error('late')), 0);\n${COPY}`],
      ['it throws while it waits for that', `await new Promise(() => { ${THROW_LATER} });\n${COPY}`],
    ] as const) {
      test(`${pool}: ${what} after it was loaded, which fails the run`, async (t) => {
        const folder = folderWith(t, module);
        const result = await runCli([...FILES, '--pool', pool, '-j', '2', '-v', '--log-format', 'json'], { cwd: folder.path });
        assert.equal(failureOf(result, 6), 'operation ./mine.mjs failed outside of its calls: late');
        assert.match(result.stderr, /mine\.mjs:1:/, 'the stack, with -v');
        assert.deepEqual(folder.list(), ['in.tif', 'mine.mjs']);
      });
    }
  }

  test('a call throws later: of several files that one fails', async (t) => {
    const folder = folderWith(t, `let calls = 0;\nexport default (window) => { if (++calls === 1) ${THROW_LATER} return window; };\n`);
    folder.addFixture('scene.tif', 'next.tif');
    const words = ['run', '--out-dir', 'out', 'in.tif', 'next.tif', ...FILES.slice(3), '--pool', 'inline'];
    assert.equal(failureOf(await runCli(words, { cwd: folder.path }), 6), 'operation ./mine.mjs failed outside of its calls: late');
    assert.deepEqual(folder.list(), ['in.tif', 'mine.mjs', 'next.tif', 'out', 'out/next.tif']);
  });

  test('it waits for what never comes: --task-timeout ends that too', async (t) => {
    const folder = folderWith(t, `setInterval(() => undefined, 1000);\nawait new Promise(() => undefined);\n${COPY}`);
    const line = failureOf(await runCli([...FILES, '--task-timeout', '1'], { cwd: folder.path }), 6);
    assert.equal(line, 'operation ./mine.mjs did not finish loading within 1 s, which --task-timeout sets');
    assert.deepEqual(folder.list(), ['in.tif', 'mine.mjs']);
  });

  test('what it printed is all there', async (t) => {
    const folder = folderWith(t, "setInterval(() => undefined, 1000);\nexport default (window) => { console.log('x'.repeat(200_000)); return window; };\n");
    const { code, stdout, stderr } = await runCli(['run', 'in.tif', 'out.tif', '--op', './mine.mjs', '--pool', 'threads', '-j', '2', '--json'], { cwd: folder.path });
    assert.equal(code, 0);
    const { windows } = JSON.parse(stdout) as { windows: number };
    assert.equal(stderr.length, windows * 200_001);
  });
});

test('the methods of an operation that is an instance of a class know it', async (t) => {
  const own = "class Own { radius = 0; type = 'float32'; halo() { return this.radius; } describe() { return { dtype: this.type }; } kernel = (window) => window; }";
  const folder = folderWith(t, `${own}\nexport default new Own();\n`);
  assertSilentSuccess(await runCli(FILES, { cwd: folder.path }));
  assert.match((await runCli(['info', 'out.tif'], { cwd: folder.path })).stdout, /float32/);
});

test('--resume refuses to go on where the module was changed', async (t) => {
  const folder = folderWith(t, COPY);
  assertSilentSuccess(await runCli([...FILES, '--resume'], { cwd: folder.path }));
  assertSilentSuccess(await runCli([...FILES, '--resume'], { cwd: folder.path }));
  utimesSync(folder.at('mine.mjs'), 1e9, 1e9);
  const line = failureOf(await runCli([...FILES, '--resume'], { cwd: folder.path }), 2);
  assert.match(line, /out\.tif\.journal: was begun before .*mine\.mjs changed \(last at 20.*, now at 2001-.*--overwrite/);
});
