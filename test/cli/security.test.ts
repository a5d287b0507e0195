import assert from 'node:assert/strict';
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { keepMode } from '../../src/io/file-access.js';
import { assertSilentSuccess, failureOf, runCli, startCli } from '../support/cli.js';
import { Gate, growing, SMALL_TASKS } from '../support/faults.js';
import { Folder } from '../support/folder.js';

const FILES = ['normalize', 'in.tif', 'out.tif'];
const onWindows = process.platform === 'win32' && 'Windows has no such permissions';

/** Starts it with a umask, by a shell. */
const withUmask = (umask: number): string[] => ['sh', '-c', `umask ${umask.toString(8).padStart(3, '0')}; exec "$@"`, 'sh'];
const modeOf = (folder: Folder, name: string): number => statSync(folder.at(name)).mode & 0o777;

describe('who may read an output', { concurrency: 2, skip: onWindows }, () => {
  for (const umask of [0o000, 0o022, 0o027, 0o077]) {
    for (const words of [[], ['--resume']]) {
      test(`umask ${umask.toString(8)} ${words.join(' ')}: as of any new file`, async (t) => {
        const folder = new Folder(t);
        folder.addFixture('uint8-full-range.tif');
        assertSilentSuccess(await runCli([...FILES, ...words], { cwd: folder.path, through: withUmask(umask) }));
        for (const name of folder.list().filter((each) => each !== 'in.tif')) assert.equal(modeOf(folder, name), 0o666 & ~umask, name);
      });
    }
  }

  for (const [mode, umask] of [[0o600, 0o000], [0o664, 0o077], [0o440, 0o022]] as const) {
    test(`a file of ${mode.toString(8)} that is replaced stays so, and is no more open while it is written`, async (t) => {
      const folder = new Folder(t);
      const gate = new Gate(new Folder(t));
      folder.addFixture('scene.tif');
      writeFileSync(folder.at('out.tif'), 'old');
      chmodSync(folder.at('out.tif'), mode);
      const run = startCli([...FILES, ...SMALL_TASKS, '-j', '2', '--overwrite'], { cwd: folder.path, env: gate.env, through: withUmask(umask) });
      await gate.held(run);
      await growing(run, folder);
      const [partial] = folder.list().filter((name) => name.endsWith('.partial'));
      assert.equal(dirname(folder.at(partial)), folder.path);
      assert.equal(modeOf(folder, partial) & 0o077 & ~mode, 0);
      gate.release();
      assertSilentSuccess(await run.ended);
      assert.equal(modeOf(folder, 'out.tif'), mode);
    });
  }
});

const isUnprivileged = process.geteuid?.() !== 0 && 'only the superuser may give files away';

for (const words of [[], ['--resume']]) {
  test(`a file that is replaced keeps its user and group ${words.join('')}`, { skip: isUnprivileged }, async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    writeFileSync(folder.at('out.tif'), 'old');
    chmodSync(folder.at('out.tif'), 0o640);
    chownSync(folder.at('out.tif'), 1234, 1235);
    assertSilentSuccess(await runCli([...FILES, '--overwrite', ...words], { cwd: folder.path }));
    const { uid, gid } = statSync(folder.at('out.tif'));
    assert.deepEqual([uid, gid, modeOf(folder, 'out.tif')], [1234, 1235, 0o640]);
  });
}

test('a group that is another one may do no more with it than others', { skip: onWindows }, (t) => {
  const folder = new Folder(t);
  const fd = openSync(folder.at('out.tif'), 'w');
  t.after(() => closeSync(fd));
  for (const [mode, wanted] of [[0o640, 0o600], [0o664, 0o644], [0o676, 0o666]]) {
    keepMode(fd, { mode, owner: { uid: 0, gid: statSync(folder.at('out.tif')).gid + 1 } });
    assert.equal(modeOf(folder, 'out.tif'), wanted);
  }
});

const SOURCES = fileURLToPath(new URL('../../../src/', import.meta.url));
/** Where a module is loaded whose name is no literal: by stages their own, operations and codecs of a folder, a package's engine, the user's, and what the bundle of the command line imports. */
const LOADERS = ['cli/compiled-code.ts', 'codecs/load.ts', 'codecs/webp.ts', 'load-module.ts', 'ops/load.ts', 'ops/user/load.ts', 'pools/function-stage.ts', 'pools/inline.ts', 'pools/protocol.ts'];

/** All nodes of all source files. */
function* nodes(): Generator<{ readonly file: string; readonly node: ts.Node }> {
  for (const file of readdirSync(SOURCES, { recursive: true }) as string[]) {
    if (!file.endsWith('.ts')) continue;
    const source = ts.createSourceFile(file, readFileSync(join(SOURCES, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const waiting: ts.Node[] = [source];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      yield { file: file.replaceAll('\\', '/'), node };
      ts.forEachChild(node, (child) => void waiting.push(child));
    }
  }
}

describe('no text becomes code', () => {
  test('the sources name neither eval nor Function, and give no text to timers or to contexts of their own', () => {
    let seen = 0;
    for (const { file, node } of nodes()) {
      seen++;
      // A file of the program itself is compiled so, to be given what the build kept of it.
      if (ts.isNewExpression(node) && /\b(Script|SourceTextModule)$/.test(node.expression.getText())) assert.equal(file, 'cli/compiled-code.ts');
      // A type is none of it: only what is an expression runs.
      if (ts.isIdentifier(node) && ['eval', 'Function'].includes(node.text)) assert.ok(ts.isTypeReferenceNode(node.parent), `${file}: ${node.text}`);
      if (!ts.isCallExpression(node)) continue;
      const called = node.expression.getText();
      if (/^(setTimeout|setInterval|setImmediate)$/.test(called)) assert.ok(!ts.isStringLiteralLike(node.arguments[0]), `${file}: ${called} of text`);
      // V8's collector has no other way to be reached.
      if (/^(runIn(New|This)?Context|compileFunction)$/.test(called)) assert.equal(node.getText(), "runInNewContext('gc')", file);
    }
    assert.ok(seen > 10_000);
  });

  test('modules are loaded by names that stand in the sources, but where that is the task', () => {
    const found = new Set<string>();
    for (const { file, node } of nodes()) {
      if (!ts.isCallExpression(node)) continue;
      const imports = node.expression.kind === ts.SyntaxKind.ImportKeyword && !ts.isStringLiteralLike(node.arguments[0]);
      if (imports || node.expression.getText() === 'loadModule') found.add(file);
    }
    assert.deepEqual([...found].sort(), LOADERS);
  });
});

describe('a user\'s module is loaded by its path alone', { concurrency: 2 }, () => {
  const EVIL = "import { writeFileSync } from 'node:fs'; writeFileSync('loaded', ''); export default (window) => window;\n";

  for (const name of ['evil', 'evil.mjs', 'evil.js', 'evil:default', 'file:evil.mjs', 'data:text/javascript,0', 'user/load', '__proto__', 'sub/evil.mjs']) {
    for (const words of [['run', 'in.tif', 'out.tif', '--op', name], [name, 'in.tif', 'out.tif']]) {
      test(words.join(' '), async (t) => {
        const folder = new Folder(t);
        folder.addFixture('uint8-full-range.tif');
        mkdirSync(folder.at('node_modules/evil'), { recursive: true });
        mkdirSync(folder.at('sub'));
        for (const place of ['evil', 'evil.mjs', 'evil.js', 'sub/evil.mjs', 'node_modules/evil/index.mjs', 'ndarray.mjs']) writeFileSync(folder.at(place), EVIL);
        writeFileSync(folder.at('node_modules/evil/package.json'), '{"exports":"./index.mjs"}');
        const before = folder.list();
        failureOf(await runCli(words, { cwd: folder.path, env: { NODE_PATH: folder.at('node_modules'), HOME: folder.path } }), 2);
        assert.deepEqual(folder.list(), before);
      });
    }
  }

  test('by its path it is: so the traps above would have been seen', async (t) => {
    const folder = new Folder(t);
    folder.addFixture('uint8-full-range.tif');
    writeFileSync(folder.at('evil.mjs'), EVIL);
    assertSilentSuccess(await runCli(['run', 'in.tif', 'out.tif', '--op', './evil.mjs', '--pool', 'inline'], { cwd: folder.path }));
    assert.ok(folder.list().includes('loaded'));
  });
});
