import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { formatBytes } from '../src/report/text.js';
import { UsageError } from '../src/errors.js';
import { PYTHON, ROOT } from './places.js';

/** Names and what they are, in the order in which they are told. */
export type Facts = Readonly<Record<string, string>>;

/** The Debian package of each Python module that may be needed. */
const PACKAGES = { numpy: 'python3-numpy', rasterio: 'python3-rasterio', cv2: 'python3-opencv' } as const;

type PythonModule = keyof typeof PACKAGES;

/** Prints the version of each module named, null where it cannot be imported. */
const TELL_VERSIONS = `
import importlib, json, sys
def version(name):
    try:
        return importlib.import_module(name).__version__
    except ImportError:
        return None
versions = {name: version(name) for name in sys.argv[1:]}
if versions.get("rasterio"):
    versions["gdal"] = sys.modules["rasterio"].__gdal_version__
print(json.dumps(versions))`;

/**
 * The versions of Python's modules and of the GDAL behind rasterio.
 * @throws UsageError naming the packages to install
 */
export function pythonVersions(modules: readonly PythonModule[]): Facts {
  const { error, status, stdout } = spawnSync(PYTHON, ['-c', TELL_VERSIONS, ...modules], { encoding: 'utf8', stdio: ['ignore', 'pipe', 2] });
  if (error !== undefined) throw missing(`there is no ${PYTHON}`, ['python3', ...modules.map((name) => PACKAGES[name])]);
  if (status !== 0) throw new Error(`${PYTHON} cannot tell its modules' versions`);
  const versions = JSON.parse(stdout) as Record<string, string | null>;
  const absent = modules.filter((name) => versions[name] === null);
  if (absent.length > 0) throw missing(`${PYTHON} cannot import ${absent.join(', ')}`, absent.map((name) => PACKAGES[name]));
  return { GDAL: versions['gdal']!, ...Object.fromEntries(modules.map((name) => [name === 'cv2' ? 'OpenCV' : name, versions[name]!])) };
}

/** @throws UsageError if there is no gdal_translate */
export function checkGdal(): void {
  const { error } = spawnSync('gdal_translate', ['--version'], { stdio: 'ignore' });
  if (error !== undefined) throw missing('there is no gdal_translate', ['gdal-bin']);
}

function missing(what: string, packages: readonly string[]): UsageError {
  return new UsageError(`${what}: sudo apt install ${packages.join(' ')}`);
}

export function machine(): Facts {
  return {
    CPU: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    Memory: formatBytes(totalmem()),
    'Load before': loadavg()[0].toFixed(2),
  };
}

export function rastqVersion(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}

/** The commit that is measured, and whether the sources differ from it. */
export function commit(): string {
  const git = (...words: string[]) => spawnSync('git', words, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const head = git('rev-parse', '--short', 'HEAD');
  if (head.status !== 0) return 'unknown';
  const changed = git('status', '--porcelain', '--', 'src', 'bin', 'bench', 'package-lock.json').stdout.trim() !== '';
  return head.stdout.trim() + (changed ? ', with changes' : '');
}
