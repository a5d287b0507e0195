import { crc32 } from 'node:zlib';
import { codecByName } from '../codecs/load.js';
import { RastqError } from '../errors.js';
import { type CellRange, cellsTouching } from '../raster/grid.js';
import type { Window } from '../raster/window.js';
import { BlockDecoder } from '../tiff/block-decoder.js';
import { blockGrid, encodedImage, planeCount, storedRows } from '../tiff/block-layout.js';
import { LEADER_BYTES, TRAILER_BYTES } from '../tiff/tile-layout.js';
import type { PlanImage } from './plan.js';
import type { LoadedTask } from './reader.js';
import { blocksOf } from './region-reader.js';

/** Asks what tiles are that were read back. */
export interface CheckRequest {
  readonly type: 'check';
  /** The tiles, each with what lies beside it where they have leaders. */
  readonly loaded: LoadedTask;
  /** The image that they are of, and its mask where it has one, as the file describes them. */
  readonly images: readonly PlanImage[];
  readonly area: Window;
  readonly leaders: boolean;
}

/** What tiles are that were read back. */
export interface CheckedTask {
  readonly task: number;
  /** Of each cell, row by row: its planes', then its mask's; 0: not stored. */
  readonly checksums: Uint32Array;
  /** By the place among these: why a tile cannot be decoded. */
  readonly failures: readonly (readonly [place: number, why: string])[];
  /** How many tiles are stored. */
  readonly stored: number;
  /** The buffer that the tiles came in; absent where it was only a copy. */
  readonly input: ArrayBuffer | undefined;
}

/** Decodes tiles that were read back, and tells their checksums. Lives in one worker. */
export class TileChecker {
  readonly #decoders = new Map<string, Promise<BlockDecoder>>();

  async check({ loaded, images, area, leaders }: CheckRequest): Promise<Omit<CheckedTask, 'input'>> {
    const perCell = images.reduce((sum, { layout, profile }) => sum + planeCount(layout, profile.bands), 0);
    const cells = cellsTouching(blockGrid(images[0].profile, images[0].layout), area);
    const checksums = new Uint32Array(cells.cols * cells.rows * perCell);
    const failures: [number, string][] = [];
    let stored = 0;
    let number = 0;
    let firstPlane = 0;
    for (const image of images) {
      const grid = blockGrid(image.profile, image.layout);
      const decoder = await this.#decoderOf(image);
      for (const at of blocksOf(image, area)) {
        const place = cellNumber(cells, at) * perCell + firstPlane + at.plane;
        const bytes = new Uint8Array(loaded.buffer, loaded.starts[number], loaded.lengths[number]);
        number++;
        if (bytes.length === 0) continue;
        stored++;
        try {
          checksums[place] = crc32(decoder.decodeStored(leaders ? withoutLeader(bytes) : bytes, { width: image.layout.block.width, height: storedRows(grid, image.layout, at.row) }));
        } catch (error) {
          if (!(error instanceof RastqError || error instanceof LeaderError)) throw error;
          failures.push([place, error.message]);
        }
      }
      firstPlane += planeCount(image.layout, image.profile.bands);
    }
    return { task: loaded.task, checksums, failures, stored };
  }

  #decoderOf({ layout, profile }: PlanImage): Promise<BlockDecoder> {
    const key = JSON.stringify([layout, profile.bands, profile.dtype]);
    const decoder = this.#decoders.get(key) ?? openDecoder({ layout, profile });
    this.#decoders.set(key, decoder);
    return decoder;
  }
}

async function openDecoder({ layout, profile }: Pick<PlanImage, 'layout' | 'profile'>): Promise<BlockDecoder> {
  const codec = (await codecByName(layout.codec))!;
  const decode = await codec.openDecoder(encodedImage(layout, profile.bands));
  return new BlockDecoder(layout, profile, { decode, maxRatio: codec.maxRatio });
}

const cellNumber = (cells: CellRange, { col, row }: { readonly col: number; readonly row: number }): number => (row - cells.row) * cells.cols + col - cells.col;

class LeaderError extends Error {}

/** A tile without its size before it and its last bytes once more behind it. @throws LeaderError where these are not what they say */
function withoutLeader(framed: Uint8Array): Uint8Array {
  const end = framed.length - TRAILER_BYTES;
  const size = new DataView(framed.buffer, framed.byteOffset).getUint32(0, true);
  if (size !== end - LEADER_BYTES) throw new LeaderError(`the size before it is ${size}, wanted ${end - LEADER_BYTES}`);
  for (let i = end; i < framed.length; i++) {
    if (framed[i] !== framed[i - TRAILER_BYTES]) throw new LeaderError('the bytes behind it are not its last ones');
  }
  return framed.subarray(LEADER_BYTES, end);
}
