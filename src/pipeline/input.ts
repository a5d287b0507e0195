import { openFile } from '../io/file-source.js';
import type { CarriedTag } from '../tiff/tags.js';
import { openTiff, readCarriedContent } from '../tiff/source.js';
import type { PlanInput } from './plan.js';
import { checkBlocks, planInput } from './request.js';
import { readSidecars } from './sidecars.js';

/** A raster as a plan has it, and the tags that place it. */
export interface OpenedInput {
  readonly input: PlanInput;
  readonly tags: readonly CarriedTag[];
}

/** Looks at a raster that is only read. @param page which of the file's full images, from 1 @throws RastqError by cause */
export async function openInput(path: string, page = 1): Promise<OpenedInput> {
  const source = openFile(path);
  try {
    const tiff = await openTiff(source, { page });
    const { tags } = await readCarriedContent(source, tiff);
    await checkBlocks(source, tiff);
    const sidecars = await readSidecars(path, tiff.image.profile);
    return { input: planInput(source, tiff, { colourTable: null, sidecars }), tags };
  } finally {
    await source.close();
  }
}
