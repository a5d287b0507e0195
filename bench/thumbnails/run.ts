import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makePhotos } from './photos.js';

/** Thumbnails of photos: rastq with one and two workers beside Python with Pillow, whole processes, by turns. */
const { values } = parseArgs({ options: { photos: { type: 'string', default: '1000' }, turns: { type: 'string', default: '3' }, dir: { type: 'string' } } });
const folder = values.dir ?? mkdtempSync(join(tmpdir(), 'rastq-photos-'));
const photos = join(folder, 'photos');
const out = join(folder, 'out');
const rastq = fileURLToPath(new URL('../../../bin/rastq.js', import.meta.url));
const pillow = fileURLToPath(new URL('../../../bench/thumbnails/pillow.py', import.meta.url));

const CONTENDERS: Readonly<Record<string, readonly string[]>> = {
  'rastq -j 1': [process.execPath, rastq, 'thumbnails', photos, out, '-j', '1'],
  'rastq -j 2': [process.execPath, rastq, 'thumbnails', photos, out, '-j', '2'],
  'Pillow, 2 processes': ['/usr/bin/python3', pillow, photos, out, '2'],
};

function secondsOf([program, ...words]: readonly string[]): number {
  rmSync(out, { recursive: true, force: true });
  const started = performance.now();
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
  return (performance.now() - started) / 1000;
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

try {
  await makePhotos(photos, Number(values.photos));
  const times = new Map(Object.keys(CONTENDERS).map((name) => [name, [] as number[]]));
  for (let turn = 0; turn < Number(values.turns); turn++) {
    for (const [name, command] of Object.entries(CONTENDERS)) times.get(name)!.push(secondsOf(command));
  }
  const best = median(times.get('rastq -j 2')!);
  for (const [name, seconds] of times) {
    console.log(`${name.padEnd(20)} ${median(seconds).toFixed(2)} s  ${(median(seconds) / best).toFixed(2)} x  (${seconds.map((each) => each.toFixed(2)).join(', ')})`);
  }
} finally {
  if (values.dir === undefined) rmSync(folder, { recursive: true, force: true });
}
