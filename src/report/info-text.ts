import type { FileInfo } from '../pipeline/describe.js';
import { printable } from './printable.js';
import { formatBytes } from './text.js';

/** What a raster file says of itself, for people: a line a fact, those that are absent left out. */
export function formatInfo(info: FileInfo): string {
  const { bands, crs, transform, bounds, block } = info;
  const lines: [string, string | null][] = [
    ['file', `${info.path}, ${formatBytes(info.bytes)}, ${info.format}, ${info.byteOrder}-endian`],
    ['size', `${info.width} x ${info.height} pixels, ${bands.length} ${bands.length === 1 ? 'band' : 'bands'}, ${info.dtype}`],
    ['blocks', `${info.layout} of ${block.width} x ${block.height}, interleaved by ${info.interleave}`],
    ['compression', info.compression + (info.predictor === 1 ? '' : `, predictor ${info.predictor}`)],
    ['nodata', info.nodata === null ? null : String(info.nodata)],
    ['mask', info.mask === 'none' ? null : info.mask],
    ['reference', crs && [crs.name, crs.epsg === null ? null : `EPSG:${crs.epsg}`, crs.kind].filter((w) => w !== null).join(', ')],
    ['transform', transform && transform.join(', ')],
    ['bounds', bounds && `${bounds.left}, ${bounds.bottom}, ${bounds.right}, ${bounds.top}`],
    ['pixel is', info.pixelIs],
    ['control points', info.groundControlPoints === 0 ? null : String(info.groundControlPoints)],
    ['RPC', info.rationalPolynomials ? 'yes' : null],
    ['pages', info.pages === 1 ? null : String(info.pages)],
    ['overviews', info.overviews.length === 0 ? null : info.overviews.map((o) => `${o.width} x ${o.height}`).join(', ')],
    ...info.sidecars.map((path): [string, string] => ['beside it', path]),
    ...Object.entries(info.metadata).map(([name, value]): [string, string] => ['metadata', `${name}=${value}`]),
    ...bands.map(({ colour, description }, i): [string, string] => [
      `band ${i + 1}`,
      description === null ? colour : `${colour}, ${description}`,
    ]),
  ];
  return lines
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.padEnd(15)}${printable(value!)}`)
    .join('\n');
}
