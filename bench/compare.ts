import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { circumstances, comparisonDocument } from './document.js';
import { withPlace } from './folder.js';
import { measureFurther } from './further.js';
import { checkGdal, pythonVersions } from './machine.js';
import type { Options } from './options.js';
import { isGdal, peer } from './peers.js';
import { ROOT } from './places.js';
import { rastq } from './rastq.js';
import { measureByTurns } from './series.js';
import type { LayoutResult } from './table.js';

/** Measures rastq and its peers and prints the tables on stdout. */
export async function compare(options: Options, signal: AbortSignal): Promise<void> {
  const versions = pythonVersions(['rasterio', 'numpy', 'cv2']);
  if (options.peers.some(isGdal)) checkGdal();
  await withPlace(options.dir, options.keep, async (place) => {
    const facts = circumstances(options, versions, place);
    const results: LayoutResult[] = [];
    for (const layout of options.layouts) {
      const scene = place.scene(options.size, layout);
      const peers = options.peers.map((name) => peer(name, place.programs.peers, scene, options.workers));
      process.stderr.write(`${layout}\n`);
      const contenders = [rastq(scene, '-j', String(options.workers)), ...peers];
      results.push({ layout, creation: scene.creation, series: await measureByTurns(contenders, options.turns, place.output, signal) });
    }
    process.stderr.write('rastq beside itself\n');
    const text = comparisonDocument(options, facts, results, await measureFurther(options, place, signal));
    process.stdout.write(text);
    if (options.write) writeFileSync(join(ROOT, 'docs', 'benchmarks.md'), text);
  });
}
