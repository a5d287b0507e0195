import { UsageError } from '../errors.js';
import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { locationName } from '../io/location.js';
import { openRasterInput, overviewAt, type RasterInput } from '../pipeline/raster-input.js';
import { RasterReader, type WindowPixels } from '../pipeline/raster-reader.js';
import type { Pixels } from '../raster/block.js';
import type { Mask } from '../raster/mask.js';
import type { Profile } from '../raster/profile.js';
import { contains, describeWindow, type Size, type Window } from '../raster/window.js';
import type { ReferenceSystem, Transform } from '../tiff/georeferencing.js';
import { anObject, aWindow } from './kind.js';
import { checkOpen } from './options.js';

export interface OpenOptions {
  /** Which of the file's full images, from 1; the first by default. */
  readonly page?: number;
  /** Which of its overviews, from 0; by default none, but the full image. */
  readonly overview?: number;
  /** `rgb` looks indexes up in the colour table. */
  readonly expand?: 'rgb' | undefined;
  /** How remote files are reached; the standard way by default. */
  readonly access?: Access | undefined;
}

const STANDARD_EDGE = 256;

/**
 * Opens a raster for reading: a path, an `https://` or an `s3://` URL.
 * @throws RastqError by cause
 */
export async function openRaster(location: string, options: OpenOptions = {}): Promise<Raster> {
  checkOpen(location, options);
  const { page = 1, overview, expand, access = STANDARD_ACCESS } = options;
  const colours = expand === 'rgb' ? 'wanted' : 'never';
  const input = await openRasterInput(location, { page, overview: overviewAt(locationName(location), overview ?? null), colours }, access);
  return new Raster(locationName(location), input, await RasterReader.open(input, access));
}

/**
 * An opened raster. Windows are read in the thread that asks, one after the other; to do much to a large raster, `run` a plan.
 * Iterated over it gives windows of 256 x 256 pixels, smaller at the right and bottom edge, row by row.
 */
export class Raster implements AsyncIterable<WindowPixels> {
  /** The location, without what a URL keeps secret. */
  readonly name: string;
  /** Size, bands, sample type, nodata, and how it is stored. */
  readonly profile: Profile;
  /** From columns and rows to coordinates, in GDAL's order; null: there is none. */
  readonly transform: Transform | null;
  readonly crs: ReferenceSystem | null;
  /** The sizes of the overviews there are. */
  readonly overviews: readonly Size[];
  /** What `createRaster` takes over of it. */
  readonly source: RasterInput;
  readonly #reader: RasterReader;

  constructor(name: string, source: RasterInput, reader: RasterReader) {
    this.name = name;
    this.source = source;
    this.profile = source.input.profile;
    this.transform = source.transform;
    this.crs = source.crs;
    this.overviews = source.overviews;
    this.#reader = reader;
  }

  /**
   * The pixels of a window, all of the raster by default: an ndarray of shape (bands, rows, columns) in memory of its own. Invalid
   * pixels have the values the file has. 64-bit integers come as float64.
   * @throws UsageError where the window reaches beyond the raster, or it is closed; RastqError by cause
   */
  async read(window: Window = this.#whole): Promise<Pixels> {
    return this.#reader.read(this.#checked(window));
  }

  /**
   * Which pixels of a window are valid, by nodata, mask or alpha: an ndarray of shape (rows, columns), 1 where any band is, else 0.
   * @throws as `read`
   */
  async readMask(window: Window = this.#whole): Promise<Mask> {
    return this.#reader.readMask(this.#checked(window));
  }

  /**
   * Windows of a size and their pixels, row by row. They are read a few at a time, as it is quick for the file: nothing is decoded twice.
   * @throws as `read`
   */
  windows(size: Size = { width: STANDARD_EDGE, height: STANDARD_EDGE }): AsyncGenerator<WindowPixels, void, undefined> {
    this.#refuseClosed();
    anObject(`${this.name}: the size of windows`, size);
    const { width, height } = size;
    if (!isCount(width) || !isCount(height)) throw new UsageError(`windows of ${width} x ${height} pixels: wanted whole numbers from 1`);
    return this.#reader.windows({ image: this.#whole, cell: { width, height } });
  }

  [Symbol.asyncIterator](): AsyncGenerator<WindowPixels, void, undefined> {
    return this.windows();
  }

  /** Lets go of the file when reads under way are done; what is asked for after that is refused. Closed again it does nothing. */
  async close(): Promise<void> {
    await this.#reader.close();
  }

  get #whole(): Window {
    const { width, height } = this.profile;
    return { col: 0, row: 0, width, height };
  }

  #refuseClosed(): void {
    if (this.#reader.isClosed) throw new UsageError(`${this.name}: is closed`);
  }

  #checked(window: Window): Window {
    this.#refuseClosed();
    aWindow(`${this.name}: the window`, window);
    const { col, row, width, height } = window;
    const isOfPixels = Number.isInteger(col) && Number.isInteger(row) && isCount(width) && isCount(height);
    if (isOfPixels && contains(this.#whole, window)) return { col, row, width, height };
    throw new UsageError(`${this.name}: has no ${describeWindow(window)}: it is of ${this.profile.width} x ${this.profile.height}`);
  }
}

const isCount = (value: number): boolean => Number.isInteger(value) && value > 0;
