// Bundles the program of the command line to dist/bundle, a file for each kind of thread and process with all that it may
// come to run: stages, operations, codecs. To open and link the hundred files of dist/src, the library, takes each of them
// longer than a small raster does (docs/performance.md).
//
// They are CommonJS: Node loads it by fewer steps, and what is imported later costs nothing before. What is in a file and
// what is not finds its place by the URL it has in dist/src.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SOURCE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(SOURCE);
const BUNDLE = join(ROOT, 'dist/bundle');
/** What every run takes of the packages, and what is large and taken in part; the others are loaded from their own folders where they are needed. */
const BUNDLED = new Set(['commander', 'jsep', 'ndarray', '@aws-sdk/client-s3']);
/** As large as all else together, and of no use to most: files by themselves, modules. */
const SDK = 'io/s3-sdk.ts';

const read = (file) => readFileSync(join(SOURCE, file), 'utf8');
const filesOf = (folder) => readdirSync(join(SOURCE, folder)).filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`);
const isStage = (file) => /^export (async )?function open\(/m.test(read(file));
const threads = ['cli/start.ts', 'cli/main.ts', ...filesOf('pools').filter((file) => file.endsWith('-entry.ts'))];
/** What threads are told to load while they start. */
const ahead = [...read('pipeline/stage-modules.ts').matchAll(/\bat\('\.\.\/([\w/-]+)\.js'\)/g)].map(([, file]) => `${file}.ts`);
const loadedByUrl = [...['pools', 'pipeline', 'thumbnails', 'cli'].flatMap(filesOf).filter(isStage), ...filesOf('ops'), ...filesOf('codecs'), ...ahead];

/** What a source file is called when it is compiled. */
const compiled = (file) => file.replace(/\.ts$/, '.js');
/** A source file's URL, from a file of the bundle: threads and processes are started from there, all else is found in dist/src. */
const urlOf = (file) => `new URL('${file.startsWith('pools/') ? '../' : '../../src/'}${compiled(file)}', HERE_URL).href`;

const placesOfSources = {
  name: 'places of sources',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      return { contents: text.replaceAll('import.meta.url', urlOf(relative(SOURCE, path).replaceAll('\\', '/'))), loader: 'ts' };
    });
  },
};

/** Has `loadModule` take from the file itself what is in it. */
const modulesInside = {
  name: 'modules inside',
  setup: ({ onLoad, onResolve }) => {
    onLoad({ filter: /[\\/]src[\\/]load-module\.ts$/ }, () => {
      const loaders = loadedByUrl.map((file) => `[${urlOf(file)}]: () => import('./${compiled(file)}'),`);
      const contents = ['const INSIDE = {', ...loaders, '};', 'export const loadModule = (url) => INSIDE[url]?.() ?? import(url);'].join('\n');
      return { contents, loader: 'ts', resolveDir: SOURCE };
    });
    onResolve({ filter: /\/s3-sdk\.js$/ }, () => ({ path: `../${compiled(SDK)}`, external: true }));
  },
};

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const common = {
  absWorkingDir: ROOT,
  outbase: 'src',
  outdir: BUNDLE,
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: Object.keys(dependencies).filter((name) => !BUNDLED.has(name)),
  // Of modules what is not used is left out.
  mainFields: ['module', 'main'],
};
rmSync(BUNDLE, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: threads.map((file) => `src/${file}`),
  format: 'cjs',
  banner: { js: "'use strict'; const HERE_URL = require('node:url').pathToFileURL(__filename).href;" },
  // Each thread reads all of its file. A stack tells names and lines all the same.
  minifyWhitespace: true,
  lineLimit: 120,
  plugins: [modulesInside, placesOfSources],
});
// It is run as src/cli/compiled-code.ts has it.
const main = join(BUNDLE, 'cli/main.js');
writeFileSync(main, readFileSync(main, 'latin1').replaceAll(/\bimport\(/g, '__import('), 'latin1');
for (const folder of new Set(threads.map(dirname))) writeFileSync(join(BUNDLE, folder, 'package.json'), '{ "type": "commonjs" }\n');
await build({
  ...common,
  entryPoints: [`src/${SDK}`],
  chunkNames: `${dirname(SDK)}/[hash]`,
  // Of its ways to credentials a run takes one.
  splitting: true,
  format: 'esm',
  // For those of its packages that are CommonJS and ask for Node's own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
