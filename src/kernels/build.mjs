// Compiles every kernel of this folder, NAME.as.ts, to dist/src/kernels/NAME.wasm. What kernels share is in folders of it.
import { readdirSync } from 'node:fs';
import asc from 'assemblyscript/asc';

// These work in the memory of memory.ts; any other has its own.
const SHARED = new Set(['doubles', 'lzw', 'near-nodata', 'predictor', 'rows', 'sharpen', 'stretch']);
const OF_MEMORY = ['--importMemory', '--sharedMemory', '--maximumMemory', '65536', '--enable', 'threads'];

for (const file of readdirSync('src/kernels').filter((name) => name.endsWith('.as.ts'))) {
  const name = file.replace('.as.ts', '');
  const out = `dist/src/kernels/${name}.wasm`;
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', ...(SHARED.has(name) ? OF_MEMORY : [])];
  const { error, stderr } = await asc.main([`src/kernels/${file}`, '-o', out, ...options]);
  if (error) {
    console.error(`${stderr.toString()}${file}: ${error.message}`);
    process.exit(1);
  }
}
