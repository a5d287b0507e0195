import { UsageError } from '../errors.js';
import { affineTransform, geoNumbers, georeferencingOf, readGeoKeys, referenceSystem, type Transform } from '../tiff/georeferencing.js';
import type { CarriedTag } from '../tiff/tags.js';
import type { OpenedInput } from './input.js';

/** How far apart, in pixels, corners may lie that count as one: less than anyone could place them. */
const TOLERANCE_PIXELS = 1e-3;

/** @throws UsageError where the pixels of two rasters do not lie on each other, with what is not the same */
export function checkSameGrid(a: OpenedInput, b: OpenedInput): void {
  const [{ path, profile }, other] = [b.input, a.input];
  const refuse = (what: string, own: string, wanted: string): never => {
    throw new UsageError(`${path}: its ${what} is ${own}, that of ${other.path} is ${wanted}: bring them onto one grid with gdalwarp`);
  };
  const size = ({ width, height }: { width: number; height: number }): string => `${width} x ${height} pixels`;
  if (size(profile) !== size(other.profile)) refuse('size', size(profile), size(other.profile));
  const [own, wanted] = [affineTransform(b.tags), affineTransform(a.tags)];
  if (!sameTransform(own, wanted, profile)) refuse('transform', transformText(own), transformText(wanted));
  const [system, wantedSystem] = [systemText(b.tags), systemText(a.tags)];
  if (system.key !== wantedSystem.key) refuse('reference system', system.name, wantedSystem.name);
  // Without a transform, control points or a camera's polynomials may place the pixels.
  if (own === null && placement(a.tags) !== placement(b.tags)) refuse('georeferencing', 'one', 'another');
}

function sameTransform(a: Transform | null, b: Transform | null, { width, height }: { readonly width: number; readonly height: number }): boolean {
  if (a === null || b === null) return a === b;
  const pixel = Math.min(Math.hypot(a[1], a[4]), Math.hypot(a[2], a[5]));
  return [[0, 0], [width, 0], [0, height], [width, height]].every(([col, row]) => {
    const x = (t: Transform): number => t[0] + col * t[1] + row * t[2];
    const y = (t: Transform): number => t[3] + col * t[4] + row * t[5];
    return Math.hypot(x(a) - x(b), y(a) - y(b)) <= TOLERANCE_PIXELS * pixel;
  });
}

const transformText = (transform: Transform | null): string => (transform === null ? 'none' : `(${transform.join(', ')})`);

/** What a reference system is equal by, and what it is called. */
function systemText(tags: readonly CarriedTag[]): { readonly key: string; readonly name: string } {
  const keys = readGeoKeys(tags);
  const system = referenceSystem(keys);
  if (system === null) return { key: 'none', name: 'none' };
  const name = [system.name, system.epsg === null ? null : `EPSG:${system.epsg}`].filter((word) => word !== null).join(', ');
  if (system.epsg !== null) return { key: `${system.kind} ${system.epsg}`, name };
  return { key: JSON.stringify([geoNumbers(tags, 'geoKeys'), geoNumbers(tags, 'geoDoubles'), [...keys.texts]]), name: name === '' ? 'one without a name' : name };
}

function placement(tags: readonly CarriedTag[]): string {
  const { tiePoints, rpc } = georeferencingOf(tags);
  return JSON.stringify([tiePoints, rpc]);
}
