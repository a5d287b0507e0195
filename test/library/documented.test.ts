import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assertSilentSuccess, runCli } from '../support/cli.js';
import { Folder } from '../support/folder.js';

const ROOT = new URL('../../../', import.meta.url);
const PAGE = readFileSync(new URL('docs/library.md', ROOT), 'utf8');

/** The programs on the page: name, code, and what they print, indented below. */
const PROGRAMS = [...PAGE.matchAll(/```js\n\/\/ (\S+)\n(.*?)```\n\n((?: {4}[^\n]*\n)*)/gs)].map(([, name, code, output]) => ({ name, code, output: output.replace(/^ {4}/gm, '') }));

/** A folder in which rastq is installed. */
function project(t: ConstructorParameters<typeof Folder>[0]): Folder {
  const folder = new Folder(t);
  folder.addFixture('scene.tif');
  mkdirSync(folder.at('node_modules'));
  symlinkSync(fileURLToPath(ROOT), folder.at('node_modules/rastq'), 'dir');
  symlinkSync(fileURLToPath(new URL('node_modules/ndarray', ROOT)), folder.at('node_modules/ndarray'), 'dir');
  return folder;
}

async function runIn(folder: Folder, name: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [name], { cwd: folder.path });
  assert.equal(stderr, '');
  return stdout;
}

describe('the programs on the page print what it says', { concurrency: 2 }, () => {
  test('they are', () => assert.deepEqual(PROGRAMS.map(({ name }) => name), ['run.mjs', 'read.mjs', 'write.mjs', 'new.mjs', 'codec.mjs', 'fail.mjs']));

  for (const { name, code, output } of PROGRAMS) {
    test(name, async (t) => {
      const folder = project(t);
      writeFileSync(folder.at(name), `// ${name}\n${code}`);
      assert.equal(await runIn(folder, name), output);
    });
  }
});

test("a compiler takes them as a user's own", async (t) => {
  const folder = project(t);
  for (const { name, code } of PROGRAMS) writeFileSync(folder.at(name), code);
  symlinkSync(fileURLToPath(new URL('node_modules/@types', ROOT)), folder.at('node_modules/@types'), 'dir');
  const compilerOptions = {
    ...{ allowJs: true, checkJs: true, noEmit: true, strict: true, useUnknownInCatchVariables: false, skipLibCheck: true },
    ...{ module: 'nodenext', target: 'es2023', types: ['node'] },
  };
  writeFileSync(folder.at('tsconfig.json'), JSON.stringify({ compilerOptions, files: PROGRAMS.map(({ name }) => name) }));
  const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', ROOT));
  const said = await promisify(execFile)(process.execPath, [compiler, '-p', folder.path]).catch((error: unknown) => error as { readonly code: number; readonly stdout: string });
  assert.deepEqual('code' in said ? [said.code, said.stdout] : [0, said.stdout], [0, '']);
});

test('what they write is what the command line writes', async (t) => {
  const folder = project(t);
  const commands: Readonly<Record<string, readonly string[]>> = {
    'run.mjs': ['run', 'in.tif', 'cli.tif', '--op', 'normalize:range=0,255:dtype=uint8', '--op', 'sharpen:amount=2', '--co', 'COMPRESS=DEFLATE', '--co', 'ZLEVEL=9'],
    'write.mjs': ['scale', 'in.tif', 'cli.tif', '--factor', '0.5', '--dtype', 'float32', '--nodata', '0', '--co', 'COMPRESS=ZSTD'],
  };
  for (const { name, code } of PROGRAMS.filter((program) => program.name in commands)) {
    writeFileSync(folder.at(name), code);
    await runIn(folder, name);
    assertSilentSuccess(await runCli([...commands[name], '--overwrite'], { cwd: folder.path }));
    assert.ok(readFileSync(folder.at('out.tif')).equals(readFileSync(folder.at('cli.tif'))), name);
  }
});
