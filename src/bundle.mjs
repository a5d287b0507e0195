// Bundles the program of the command line to dist/bundle: less than a third of the files that dist/src would have it
// open, in the main thread and in every other. dist/src is the library.
//
// What is loaded by its URL keeps a file of its own name: stages, operations, codecs, the entries of threads and
// processes. What these share is in dist/bundle/chunks. All of them stand one folder deep, so that the place of a source
// file, which `import.meta.url` says, is told by the same relative path from any of them.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SOURCE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(SOURCE);
const BUNDLE = join(ROOT, 'dist/bundle');
/** What every run takes of the packages, and what is large and taken in part; the others are loaded from their own folders where they are needed. */
const BUNDLED = new Set(['commander', 'jsep', 'ndarray', '@aws-sdk/client-s3']);
/** A hook of Node's loader: a file by itself, two folders deep. */
const HOOK = 'ops/user/own-packages.ts';

const read = (file) => readFileSync(join(SOURCE, file), 'utf8');
const filesOf = (folder) => readdirSync(join(SOURCE, folder)).filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`);
const isStage = (file) => /^export (async )?function open\(/m.test(read(file));
const loadedByUrl = [
  'cli/main.ts',
  HOOK,
  ...filesOf('pools').filter((file) => file.endsWith('-entry.ts')),
  ...['pipeline', 'thumbnails', 'cli'].flatMap(filesOf).filter(isStage),
  ...filesOf('ops'),
  ...filesOf('codecs'),
  'io/s3-sdk.ts',
];

const placesOfSources = {
  name: 'places of sources',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const file = relative(SOURCE, path).replaceAll('\\', '/');
      const text = readFileSync(path, 'utf8');
      if (file === HOOK || !text.includes('import.meta.url')) return undefined;
      const place = `new URL('../${file.replace(/\.ts$/, '.js')}', import.meta.url).href`;
      return { contents: text.replaceAll('import.meta.url', place), loader: 'ts' };
    });
  },
};

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
rmSync(BUNDLE, { recursive: true, force: true });
await build({
  absWorkingDir: ROOT,
  entryPoints: loadedByUrl.map((file) => `src/${file}`),
  outbase: 'src',
  outdir: BUNDLE,
  chunkNames: 'chunks/[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: Object.keys(dependencies).filter((name) => !BUNDLED.has(name)),
  // For those of the packages that are CommonJS and ask for Node's own modules.
  banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
  // Of modules what is not used is left out.
  mainFields: ['module', 'main'],
  plugins: [placesOfSources],
});
mkdirSync(join(BUNDLE, 'kernels'), { recursive: true });
for (const name of readdirSync(join(ROOT, 'dist/src/kernels')).filter((file) => file.endsWith('.wasm'))) {
  copyFileSync(join(ROOT, 'dist/src/kernels', name), join(BUNDLE, 'kernels', name));
}
