import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

const SIZE = { width: 1600, height: 1200 };

/** Makes photos, JPEGs of 1600 x 1200 that all differ: a landscape of waves with noise, as cameras add it. Those that are there stay. */
export async function makePhotos(folder: string, count: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const noise = await sharp({ create: { ...SIZE, channels: 3, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma: 12 } } }).raw().toBuffer();
  const pixels = new Uint8Array(SIZE.width * SIZE.height * 3);
  for (let i = 0; i < count; i++) {
    const path = join(folder, `${String(i).padStart(5, '0')}.jpg`);
    if (existsSync(path)) continue;
    for (let at = 0, row = 0; row < SIZE.height; row++) {
      const height = 60 * Math.sin((row + 37 * i) / 90) + 128;
      for (let col = 0; col < SIZE.width; col++, at += 3) {
        const wave = height + 40 * Math.sin((col + 11 * i) / 50);
        for (let band = 0; band < 3; band++) pixels[at + band] = Math.min(255, Math.max(0, wave + 20 * band - 20 + noise[at + band] - 128));
      }
    }
    await sharp(pixels, { raw: { ...SIZE, channels: 3 } }).jpeg({ quality: 90 }).toFile(path);
  }
}
