import { fileURLToPath } from 'node:url';
import { compileProgram, runProgram } from './compiled-code.js';

/** What `bin/rastq.js` runs: main.ts and all that it needs, which is one file of the bundle. */
const file = fileURLToPath(new URL('../../bundle/cli/main.js', import.meta.url));
runProgram(compileProgram(file), file);
