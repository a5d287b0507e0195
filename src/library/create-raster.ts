import { UsageError, withLeft } from '../errors.js';
import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { locationKind } from '../io/location.js';
import { prepareNew, lockTarget } from '../io/output.js';
import type { OutputLock } from '../io/output-lock.js';
import { planLike, planNew } from '../pipeline/new-raster.js';
import { pixelBytesOf, type Plan, type PlanOutput } from '../pipeline/plan.js';
import { refuseSameFile } from '../pipeline/request.js';
import { RasterWriter } from '../pipeline/raster-writer.js';
import type { Pixels } from '../raster/block.js';
import { type DType, parseDType } from '../raster/dtype.js';
import type { Mask } from '../raster/mask.js';
import type { Nodata } from '../raster/nodata.js';
import type { Profile } from '../raster/profile.js';
import { contains, describeWindow, type Window } from '../raster/window.js';
import { parseCreationOptions } from '../tiff/creation-options.js';
import type { ReferenceSystem } from '../tiff/georeferencing.js';
import type { Placing } from '../tiff/placing-tags.js';
import { checkArray } from './arrays.js';
import { aWindow } from './kind.js';
import type { Raster } from './open-raster.js';
import { checkCreate } from './options.js';

export interface CreateOptions {
  /**
   * A raster of the same size whose georeferencing, metadata, layout and compression it has, as the output of a command has its
   * input's. Without one, `width`, `height`, `bands` and `dtype` are wanted.
   */
  readonly like?: Raster;
  readonly width?: number;
  readonly height?: number;
  readonly bands?: number;
  readonly dtype?: DType;
  /** What invalid samples are; by default what `like` says, and NaN for floats. */
  readonly nodata?: Nodata;
  /** Whether a mask beside the pixels says which are valid; not with `like`, which says it. */
  readonly mask?: boolean;
  /** Where it lies; not with `like`, which says it. */
  readonly transform?: Placing['transform'];
  readonly crs?: Pick<ReferenceSystem, 'epsg' | 'kind'> | null;
  /** Whether values mean what they do in `like`, so that its scale, offset and unit stay true; they do not by default. */
  readonly keepsValues?: boolean;
  /** GDAL's creation options, `KEY=VALUE`: as `--co` takes them. */
  readonly creation?: readonly string[];
  /** Whether a file that is there may be replaced; it may not by default. */
  readonly overwrite?: boolean;
  /** Whether the bytes are on the disk before the file appears, not only with the operating system. */
  readonly durable?: boolean;
  /** The most bytes of tiles that wait for pixels, or for tiles before them; 256 MiB by default, and two rows of tiles. */
  readonly waitingBytes?: number;
  /** How remote files are reached; the standard way by default. */
  readonly access?: Access | undefined;
}

const WAITING_BYTES = 256 * 1024 * 1024;

/**
 * Creates a raster, at a path or an `s3://` URL, that appears whole at `close`.
 * @throws RastqError by cause: UsageError where there is a file already, or another run makes it
 */
export async function createRaster(location: string, options: CreateOptions): Promise<NewRasterFile> {
  checkCreate(location, options);
  const { access = STANDARD_ACCESS, overwrite = false, durable = false } = options;
  if (locationKind(location) === 'standard') throw new UsageError('standard output: give a path, the head of a raster is written last');
  if (options.like !== undefined) refuseSameFile(options.like.source.input.path, location);
  const { output } = await planOf(location, options);
  const target = await prepareNew(location, { overwrite, durable, boundBytes: output.boundBytes });
  const mostBytes = options.waitingBytes ?? Math.max(WAITING_BYTES, 2 * output.profile.width * output.layout.tile.height * pixelBytesOf(output.profile));
  const lock = await lockTarget(target);
  try {
    return new NewRasterFile(output, await RasterWriter.open(output, target, { access, mostBytes }), lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function planOf(path: string, options: CreateOptions): Promise<Plan> {
  const { like, nodata } = options;
  const place = { path, creation: await parseCreationOptions(options.creation ?? []) };
  const wanted = <T>(name: 'width' | 'height' | 'bands' | 'dtype', value: T | undefined): T => {
    if (value === undefined) throw new UsageError(`${path}: no ${name} given, nor a raster that it is like`);
    return value;
  };
  if (like === undefined) {
    const [width, height, bands] = (['width', 'height', 'bands'] as const).map((name) => checkedCount(path, name, wanted(name, options[name])));
    const { mask = false, transform = null, crs = null } = options;
    return planNew({ width, height, bands, dtype: parseDType(wanted('dtype', options.dtype)), nodata, mask, transform, crs: crs && codedSystem(path, crs) }, place);
  }
  if (like.source.overview !== null) throw new UsageError(`${path}: cannot be like an overview, whose place on the earth its tags do not say`);
  for (const name of ['mask', 'transform', 'crs'] as const) {
    if (options[name] !== undefined) throw new UsageError(`${path}: ${name} is what the raster says that it is like`);
  }
  for (const name of ['width', 'height'] as const) {
    if (options[name] !== undefined && options[name] !== like.profile[name]) {
      throw new UsageError(`${path}: ${name} ${options[name]}, wanted ${like.profile[name]} as of the raster that it is like`);
    }
  }
  const bands = checkedCount(path, 'bands', options.bands ?? like.profile.bands);
  const dtype = parseDType(options.dtype ?? like.profile.dtype);
  return planLike(like.source, { bands, dtype, nodata, keepsValues: options.keepsValues ?? false }, place);
}

/** @throws UsageError for a system without a code: tags of its own are carried from another raster alone */
function codedSystem(path: string, { epsg, kind }: Pick<ReferenceSystem, 'epsg' | 'kind'>): Placing['crs'] {
  if (epsg === null) throw new UsageError(`${path}: crs.epsg is null, wanted an EPSG code: a system that has none comes with a raster that it is like`);
  return { epsg, kind };
}

function checkedCount(path: string, name: string, value: number): number {
  const most = name === 'bands' ? 65535 : 2 ** 31 - 1;
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UsageError(`${path}: ${name} ${value}, wanted a whole number from 1 to ${most}`);
}

/** A raster that is being written. Until `close` there is nothing at its place. */
export class NewRasterFile {
  readonly path: string;
  /** What it will be. */
  readonly profile: Profile;
  readonly #writer: RasterWriter;
  readonly #lock: OutputLock;
  /** From the first `close` on. */
  #closing: Promise<{ readonly bytes: number }> | undefined;
  /** From when it is given up on, by `discard` or a `close` that fails. */
  #abandoning: Promise<string | undefined> | undefined;

  constructor({ path, profile }: PlanOutput, writer: RasterWriter, lock: OutputLock) {
    this.path = path;
    this.profile = profile;
    this.#writer = writer;
    this.#lock = lock;
  }

  /**
   * Writes the pixels of a window. Windows come in any order, no pixel twice; the file is the same, byte for byte. Row by row it
   * takes the memory of a row of tiles, and else as much as `waitingBytes` allows. After a failure nothing is left but to discard it.
   * @param pixels an ndarray of shape (bands, rows, columns); samples of another type are rounded half to even and saturated
   * @param mask where the file has a mask, which are valid, not 0, of shape (rows, columns); all of them by default
   * @throws UsageError where window, shapes or values do not fit; IoError
   */
  async write(window: Window, pixels: Pixels, mask?: Mask): Promise<void> {
    const { width, height, bands } = this.profile;
    aWindow(`${this.path}: the window`, window);
    const isOfPixels = [window.col, window.row].every(Number.isInteger) && [window.width, window.height].every((edge) => Number.isInteger(edge) && edge > 0);
    if (!isOfPixels || !contains({ col: 0, row: 0, width, height }, window)) {
      throw new UsageError(`${this.path}: has no ${describeWindow(window)}: it is of ${width} x ${height}`);
    }
    checkArray(`${this.path}: pixels`, pixels, [bands, window.height, window.width]);
    if (mask !== undefined && !this.profile.mask) throw new UsageError(`${this.path}: has no mask`);
    if (mask !== undefined) checkArray(`${this.path}: the mask`, mask, [window.height, window.width]);
    await this.#writer.write(window, pixels, mask ?? null);
  }

  /**
   * Completes the raster: it appears at its place, whole. Pixels that were not written are nodata, else 0. Where that fails, nothing is left.
   * It is done once: called again, it ends as the first time.
   * @returns the file's length
   * @throws IoError; UsageError where a file appeared there meanwhile, or it was discarded
   */
  async close(): Promise<{ readonly bytes: number }> {
    return (this.#closing ??= this.#complete());
  }

  /**
   * Gives it up: nothing is left. One that is closed stays as it is, and so does one that is being closed, unless that fails.
   * @returns what could not be removed, and how to; undefined: nothing
   */
  async discard(): Promise<string | undefined> {
    const isClosed = this.#closing !== undefined && (await this.#closing.then(() => true, () => false));
    return isClosed ? undefined : this.#abandon();
  }

  async #complete(): Promise<{ readonly bytes: number }> {
    if (this.#abandoning !== undefined) throw new UsageError(`${this.path}: was discarded`);
    try {
      this.#lock.check();
      const bytes = await this.#writer.close();
      this.#lock.release();
      return { bytes };
    } catch (error) {
      throw withLeft(error, await this.#abandon());
    }
  }

  /** Done once: when the lock is released, another file may have the temporary one's name. */
  #abandon(): Promise<string | undefined> {
    return (this.#abandoning ??= this.#writer.discard().finally(() => this.#lock.release()));
  }
}
