import { type Access, type SourceSnapshot, STANDARD_ACCESS } from '../io/access.js';
import { openSource } from '../io/open-source.js';
import type { CarriedTag } from '../tiff/tags.js';
import { openTiff, readCarriedContent } from '../tiff/source.js';
import { placed } from './placement.js';
import type { PlanInput } from './plan.js';
import { checkBlocks, planInput } from './request.js';
import { readSidecars } from './sidecars.js';

/** A raster as a plan has it, and the tags that place it. */
export interface OpenedInput {
  readonly input: PlanInput;
  readonly tags: readonly CarriedTag[];
  /** The files beside it. */
  readonly sidecars: readonly string[];
  /** What was read of remote files. */
  readonly snapshots: readonly SourceSnapshot[];
}

/** Looks at a raster that is only read. @param page which of the file's full images, from 1 @throws RastqError by cause */
export async function openInput(path: string, page = 1, access: Access = STANDARD_ACCESS): Promise<OpenedInput> {
  const source = await openSource(path, access);
  try {
    const tiff = await openTiff(source, { page });
    const carried = await readCarriedContent(source, tiff);
    await checkBlocks(source, tiff);
    const sidecars = await readSidecars(path, tiff.image.profile, access);
    const snapshots = [...(source.remote === undefined ? [] : [source.remote.snapshot()]), ...sidecars.snapshots];
    const input = planInput(source, tiff, { path, colourTable: null, sidecars });
    return { input, tags: placed(carried, sidecars.placement).tags, sidecars: sidecars.found, snapshots };
  } finally {
    await source.close();
  }
}
