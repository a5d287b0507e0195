// Keeps the code that V8 makes of the command line's program in a small run. To compile it anew takes each run longer than a
// small raster does (docs/performance.md). It is of the V8 that builds: others compile.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codePath, compileProgram, runProgram } from '../dist/src/cli/compiled-code.js';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const MAIN = at('dist/bundle/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'rastq-build-'));
const script = compileProgram(MAIN);
process.on('exit', (code) => {
  rmSync(folder, { recursive: true });
  if (code === 0) writeFileSync(codePath(MAIN), script.createCachedData());
});
process.argv.splice(2, Infinity, 'normalize', at('fixtures/scene.tif'), join(folder, 'out.tif'));
runProgram(script, MAIN);
