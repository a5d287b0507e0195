// Packs rastq, installs it into an empty project under each of the Node versions given (20 22 24), and sees that the command
// line and the library work there and write the same bytes. Needs a network: node test/pack/run.mjs [VERSION...]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24'];
const scratch = mkdtempSync(join(tmpdir(), 'rastq-pack-'));

/** Runs a program and gives its stdout; where it fails, that ends everything. */
function call(cwd, node, program, ...words) {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`, NODE_OPTIONS: '' };
  return execFileSync(program, words, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 });
}

function emptyProject(name) {
  const folder = join(scratch, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  return folder;
}

/** The node of a version: this one, or that of the package `node`. */
function nodeOf(version) {
  if (process.versions.node.split('.')[0] === version) return process.execPath;
  const folder = emptyProject(`node-${version}`);
  call(folder, process.execPath, 'npm', 'install', '--no-audit', '--no-fund', '--silent', `node@${version}`);
  return join(folder, 'node_modules/node/bin/node');
}

function sumsUnder(version, tarball) {
  const node = nodeOf(version);
  const folder = emptyProject(`project-${version}`);
  call(folder, node, 'npm', 'install', '--no-audit', '--no-fund', '--silent', tarball);
  copyFileSync(join(ROOT, 'fixtures/scene.tif'), join(folder, 'in.tif'));
  for (const name of ['program.mjs', 'types.ts']) copyFileSync(join(ROOT, 'test/pack', name), join(folder, name));
  for (const pool of ['inline', 'threads', 'processes']) {
    call(folder, node, join(folder, 'node_modules/.bin/rastq'), 'normalize', 'in.tif', `${pool}.tif`, '-j', '2', '--pool', pool, '--co', 'COMPRESS=DEFLATE');
  }
  call(folder, node, node, 'program.mjs');
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const compilerOptions = { noEmit: true, strict: true, skipLibCheck: true, module: 'nodenext', target: 'es2023', types: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types.ts'] }));
  call(folder, node, node, compiler);
  const outputs = readdirSync(folder).filter((name) => name.endsWith('.tif')).sort();
  const sums = outputs.map((name) => `${createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')}  ${name}`);
  return { node: call(folder, node, node, '--version').trim(), sums };
}

try {
  const [{ filename }] = JSON.parse(call(ROOT, process.execPath, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', scratch));
  const found = versions.map((version) => sumsUnder(version, join(scratch, filename)));
  console.log(found[0].sums.join('\n'));
  const wrong = found.filter(({ sums }) => sums.join('\n') !== found[0].sums.join('\n'));
  const byName = new Map(found[0].sums.map((line) => line.split('  ').reverse()));
  if (new Set(['inline.tif', 'threads.tif', 'processes.tif'].map((name) => byName.get(name))).size > 1) throw new Error('the pools differ');
  if (byName.get('copy.tif') !== byName.get('library.tif')) throw new Error('the copy differs');
  for (const { node, sums } of wrong) console.error(`${node} differs from ${found[0].node}:\n${sums.join('\n')}`);
  if (wrong.length > 0) process.exitCode = 1;
  else console.log(`the same under ${found.map(({ node }) => node).join(', ')}`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
