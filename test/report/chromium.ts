import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Folder } from '../support/folder.js';

const BROWSER = 'chromium';

/** Why pages cannot be looked at here; false where they can, or where they must: with RASTQ_REQUIRE_ORACLES set, a missing browser is a failure. */
export function missingBrowser(): string | false {
  if (spawnSync(BROWSER, ['--version']).status === 0 || process.env['RASTQ_REQUIRE_ORACLES'] !== undefined) return false;
  return `there is no ${BROWSER}`;
}

/**
 * Opens a page in a headless browser without a network.
 * @param probe the source of a function that runs in the page once it is drawn
 * @returns what it gives, plain JSON
 */
export function probePage(folder: Folder, html: string, probe: string): unknown {
  const path = folder.at('probed.html');
  const script = `<script>
addEventListener('load', () => setTimeout(() => {
  const found = document.createElement('pre');
  found.id = 'found';
  try { found.textContent = encodeURIComponent(JSON.stringify((${probe})())); } catch (error) { found.textContent = encodeURIComponent(JSON.stringify({ error: String(error) })); }
  document.body.append(found);
}));
</script>`;
  writeFileSync(path, html.replace('</body>', () => `${script}</body>`));
  const words = ['--headless', '--no-sandbox', '--disable-gpu', '--window-size=1100,1400', '--virtual-time-budget=5000', `--user-data-dir=${folder.at('profile')}`];
  const { stdout, stderr } = spawnSync(BROWSER, [...words, '--host-resolver-rules=MAP * ~NOTFOUND', '--dump-dom', pathToFileURL(path).href], { encoding: 'utf8', timeout: 120_000, maxBuffer: 2 ** 26 });
  const found = /<pre id="found">([^<]*)<\/pre>/.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`the page drew nothing: ${stderr.slice(-2000)}`);
  return JSON.parse(decodeURIComponent(found));
}
