import type { Size } from '../raster/window.js';

/** How large thumbnails are. */
export interface ThumbnailSize extends Size {
  /** Whether they are of just this size; else they fit in it, keep the aspect, and are never larger than the image. */
  readonly exact: boolean;
}

/** The size of an image's thumbnail. */
export function thumbnailSize(image: Size, { width, height, exact }: ThumbnailSize): Size {
  if (exact) return { width, height };
  const factor = Math.min(1, width / image.width, height / image.height);
  return { width: Math.max(1, Math.round(image.width * factor)), height: Math.max(1, Math.round(image.height * factor)) };
}
