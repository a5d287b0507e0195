import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRaster, planRequest, run } from '../../src/index.js';
import type { PoolKind } from '../../src/pools/stage.js';
import { fixturePath } from '../oracle/support/run.js';
import type { Holdings } from './library-user.js';

/** A process that uses the library for long: `library-user.ts` starts it and is told what it holds from time to time. */
const runs = Number(process.argv[2]);
const SAMPLES = 20;
const folder = mkdtempSync(join(tmpdir(), 'rastq-user-'));
const output = join(folder, 'out.tif');
const gc = globalThis.gc!;

function holdings(): Holdings {
  gc();
  gc();
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  return {
    heapBytes: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length,
    openFiles: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0),
  };
}

async function makeRun(pool: PoolKind, { input = 'rotated.tif', cog = false, verify = false, signal }: { readonly input?: string; readonly cog?: boolean; readonly verify?: boolean; readonly signal?: AbortSignal } = {}): Promise<void> {
  const planned = await planRequest({
    input: fixturePath(input),
    output,
    steps: [{ operation: 'normalize' }, { operation: 'sharpen' }],
    creation: cog ? ['BLOCKSIZE=16'] : [],
    cog: cog ? { resampling: 'average' } : undefined,
    overwrite: true,
  });
  await run(planned, { overwrite: true, workers: 2, pool, verify, ...(signal && { signal }) });
}

async function fail(work: Promise<unknown>): Promise<void> {
  await assert.rejects(work);
}

/** What a user may do, by turns. Processes take their time to start. */
const DEEDS: readonly ((i: number) => Promise<unknown>)[] = [
  () => makeRun('inline'),
  () => makeRun('threads'),
  () => makeRun('inline', { cog: true, verify: true }),
  () => fail(makeRun('threads', { input: 'corrupt/deflate-garbage/strips.tif' })),
  () => makeRun('threads', { verify: true }),
  () => fail(makeRun('threads', { signal: AbortSignal.abort(new Error('enough')) })),
  async () => {
    const raster = await openRaster(fixturePath('scene.tif'));
    await raster.read({ col: 0, row: 0, width: 64, height: 64 });
    await raster.close();
  },
  (i) => makeRun(i % 40 < DEEDS.length ? 'processes' : 'inline'),
];

for (let i = 0; i < runs; i++) {
  await DEEDS[i % DEEDS.length](i);
  if ((i + 1) % Math.ceil(runs / SAMPLES) === 0) {
    // What ends a thread or a process is told of in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.send!(holdings());
  }
}
rmSync(folder, { recursive: true, force: true });
process.disconnect();
