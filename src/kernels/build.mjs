// Compiles every kernel of this folder, NAME.as.ts, to dist/src/kernels/NAME.wasm. What kernels share is in folders of it.
import { readdirSync } from 'node:fs';
import asc from 'assemblyscript/asc';

for (const file of readdirSync('src/kernels').filter((name) => name.endsWith('.as.ts'))) {
  const out = `dist/src/kernels/${file.replace('.as.ts', '.wasm')}`;
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
  const { error, stderr } = await asc.main([`src/kernels/${file}`, '-o', out, ...options]);
  if (error) {
    console.error(`${stderr.toString()}${file}: ${error.message}`);
    process.exit(1);
  }
}
