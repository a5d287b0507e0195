import { RastqError } from '../errors.js';
import type { Access } from '../io/access.js';
import type { Pool } from '../pools/pool.js';
import type { Message } from '../pools/seat.js';
import type { Stage } from '../pools/stage.js';
import { type CellRange, gridColumns, gridRows, rangeWindow } from '../raster/grid.js';
import type { Window } from '../raster/window.js';
import { planeCount } from '../tiff/block-layout.js';
import type { FinishedFile } from '../tiff/sink.js';
import { LEADER_BYTES, levelSizes, tileGrid, tilesPerCell } from '../tiff/tile-layout.js';
import type { SpareBuffers } from './buffers.js';
import { ComingWindows } from './coming-windows.js';
import { convey } from './conveyor.js';
import type { Plan, PlanImage } from './plan.js';
import { contentOf } from './loaded-blocks.js';
import type { LoadedTask, ReaderSetup, ReadRequest } from './reader.js';
import { tasksAWorker } from './queue-size.js';
import type { StopSignal } from './stop-signal.js';
import { type TaskRule, taskCells } from './task.js';
import type { CheckedTask, CheckRequest } from './tile-checker.js';
import type { TileChecksums } from './tile-checksums.js';
import { difference, levelName, openLevels, UnverifiedError } from './written-levels.js';

/** What was read back and found right. */
export interface Verified {
  /** Tiles, those of overviews and masks too. */
  readonly tiles: number;
  readonly bytes: number;
  readonly seconds: number;
}

export interface VerificationParts {
  readonly plan: Plan;
  /** What messages call the output. */
  readonly name: string;
  readonly file: FinishedFile;
  /** By which the output is found under its name. */
  readonly access: Access;
  readonly checksums: TileChecksums;
  /** Is opened anew. */
  readonly reader: Stage;
  readonly pool: Pool;
  readonly queueSize: number;
  /** Buffers for what is read. */
  readonly spares: SpareBuffers;
  readonly stop: StopSignal;
}

/** The checksum of a tile that is not stored. */
const LEFT_OUT = 0;

/**
 * Reads a finished output back, as a reader of it would, and compares it with what was made: its head, and each tile,
 * decoded, with its checksum from before it was encoded. In the main thread; the reader and the workers do the work.
 * @throws UnverifiedError at the first difference, in the file's order
 */
export async function verifyOutput(parts: VerificationParts): Promise<Verified> {
  const started = performance.now();
  const verification = new Verification(parts);
  try {
    const { tiles, bytes } = await verification.run();
    return { tiles, bytes, seconds: (performance.now() - started) / 1000 };
  } catch (cause) {
    const isOfTheFile = cause instanceof RastqError && ['FormatError', 'UnsupportedError', 'IoError'].includes(cause.kind);
    if (!isOfTheFile) throw cause;
    const { name } = parts;
    const what = cause.message.startsWith(`${name}: `) ? cause.message.slice(name.length + 2) : cause.message;
    throw new UnverifiedError(`${name}: verification failed: ${what}`, { task: cause instanceof UnverifiedError ? cause.task : undefined, cause });
  }
}

class Verification {
  readonly #parts: VerificationParts;
  #tiles = 0;
  #bytes = 0;

  constructor(parts: VerificationParts) {
    this.#parts = parts;
  }

  async run(): Promise<{ readonly tiles: number; readonly bytes: number }> {
    const { name, access, plan, file } = this.#parts;
    const levels = await openLevels(name, access, plan, file);
    this.#bytes += file.headBytes;
    for (const [level, images] of levels.entries()) await this.#checkLevel(level, images);
    return { tiles: this.#tiles, bytes: this.#bytes };
  }

  /** All tiles of a level, in their order. */
  async #checkLevel(level: number, images: readonly PlanImage[]): Promise<void> {
    const { plan, access, reader, pool, queueSize, stop } = this.#parts;
    const leaders = plan.output.cog?.leaders === true;
    await stop.race(reader.release());
    await stop.race(reader.open({ images, access, beside: leaders ? LEADER_BYTES : 0 } satisfies ReaderSetup));
    const grid = tileGrid(levelSizes(plan.output)[level], plan.output.layout);
    const rule = ruleWithin(plan.tasks, { cols: gridColumns(grid), rows: gridRows(grid) });
    const areaOf = (task: number): Window => rangeWindow(grid, taskCells(grid, rule, task));
    const coming = new ComingWindows(images, rule.count, areaOf);
    await convey(
      {
        count: rule.count,
        read: (task) => this.#read(task, { window: areaOf(task), coming: coming.next(task) }),
        lanes: pool.lanes(tasksAWorker(plan), (worker, loaded: LoadedTask) => this.#check(worker, { loaded, images, area: areaOf(loaded.task), leaders })),
        consume: async (checked) => this.#compare(level, taskCells(grid, rule, checked.task), checked),
      },
      { mode: 'bounded', size: queueSize },
      stop.promise,
    );
  }

  async #read(task: number, { window, coming }: { readonly window: Window; readonly coming: ReadRequest['coming'] }): Promise<LoadedTask> {
    const { reader, spares } = this.#parts;
    const spare = spares.take();
    const loaded = (await reader.call({ task, window, coming, spare } satisfies ReadRequest, spare && [spare])) as LoadedTask;
    this.#bytes += loaded.bytesRead;
    return loaded;
  }

  async #check(worker: number, { loaded, images, area, leaders }: Omit<CheckRequest, 'type'>): Promise<CheckedTask> {
    const { pool, spares } = this.#parts;
    const message = async (tries: number): Promise<Message> => {
      const again = tries > 0 && pool.transfers ? await this.#read(loaded.task, { window: area, coming: null }) : loaded;
      return { item: { type: 'check', loaded: again, images, area, leaders } satisfies CheckRequest, transfer: [contentOf(again)] };
    };
    const checked = (await pool.call(worker, { name: () => `verification of task ${loaded.task}`, message })) as CheckedTask;
    spares.give(checked.input ?? loaded.buffer);
    return checked;
  }

  #compare(level: number, cells: CellRange, { task, checksums, failures, stored }: CheckedTask): void {
    const wanted = this.#parts.checksums.get(level, cells);
    const why = new Map(failures);
    this.#tiles += stored;
    const place = wanted.findIndex((sum, i) => sum !== checksums[i] || why.has(i));
    if (place === -1) return;
    const what = why.get(place) ?? tileDifference(wanted[place], checksums[place]);
    throw new UnverifiedError(`${this.#tileName(level, cells, place)}: ${what}`, { task: level === 0 ? task : undefined });
  }

  #tileName(level: number, { col, row, cols }: CellRange, place: number): string {
    const { output } = this.#parts.plan;
    const perCell = tilesPerCell(output);
    const [cell, part] = [Math.floor(place / perCell), place % perCell];
    const planes = planeCount(output.layout, output.profile.bands);
    const of = part >= planes ? ' of the mask' : planes > 1 ? ` of band ${part + 1}` : '';
    return `tile at column ${col + (cell % cols)}, row ${row + Math.floor(cell / cols)}${of}${level === 0 ? '' : ` of ${levelName(level)}`}`;
  }
}

function tileDifference(wanted: number, got: number): string {
  if (got === LEFT_OUT) return 'it is not stored';
  return wanted === LEFT_OUT ? 'it is stored, wanted none' : difference(wanted, got);
}

/** Tasks of as many tiles, of a grid that may be smaller. */
function ruleWithin({ cols, rows }: TaskRule, all: { readonly cols: number; readonly rows: number }): TaskRule {
  const least = { cols: Math.min(cols, all.cols), rows: Math.min(rows, all.rows) };
  return { ...least, count: Math.ceil(all.cols / least.cols) * Math.ceil(all.rows / least.rows) };
}
