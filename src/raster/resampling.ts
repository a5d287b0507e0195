/** How a smaller image is made of a larger one, by GDAL's names. */
export type Resampling = 'average' | 'nearest' | 'bilinear';

export const RESAMPLINGS: readonly Resampling[] = ['average', 'nearest', 'bilinear'];

/** Pixels along one axis of the larger image and of the smaller one. */
export interface Shrinking {
  readonly from: number;
  readonly to: number;
}

/** The pixels of the larger image, along one axis, that a pixel of the smaller one is made of. All weights are above 0. */
export interface Support {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Half-open: from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What lies nearer than this to a pixel's edge lies on it, as GDAL has it. */
const EDGE = 1e-8;

/**
 * The support of pixel `at`. Both images cover the same ground, so where the larger one has an odd number of pixels they
 * are cut: average weighs them by what is covered, bilinear by a triangle of the smaller image's pixel to either side.
 */
export function supportOf(resampling: Resampling, { from, to }: Shrinking, at: number): Support {
  const ratio = from / to;
  if (resampling === 'nearest') return { first: Math.min(from - 1, Math.floor(0.5 + at * ratio)), weights: [1] };
  if (resampling === 'bilinear') {
    const centre = (at + 0.5) * ratio;
    const weightOf = (pixel: number): number => 1 - Math.abs(pixel + 0.5 - centre) / ratio;
    let first = Math.max(0, Math.floor(centre - ratio - 0.5));
    while (weightOf(first) <= EDGE) first++;
    const weights: number[] = [];
    for (let pixel = first; pixel < from && weightOf(pixel) > EDGE; pixel++) weights.push(weightOf(pixel));
    return { first, weights };
  }
  const [start, stop] = [at * ratio, (at + 1) * ratio];
  const first = Math.floor(start + EDGE);
  const end = Math.max(first + 1, Math.min(from, Math.ceil(stop - EDGE)));
  const weights = new Array<number>(end - first).fill(1);
  if (weights.length > 1) {
    weights[0] = 1 - (start - first);
    weights[weights.length - 1] = 1 - (end - stop);
  }
  return { first, weights };
}

/** The pixels of the larger image that a run of pixels of the smaller one is made of. */
export function sourceSpan(resampling: Resampling, axis: Shrinking, { start, end }: Span): Span {
  const last = supportOf(resampling, axis, end - 1);
  return { start: supportOf(resampling, axis, start).first, end: last.first + last.weights.length };
}

/** The pixels of the smaller image that a run of pixels of the larger one has a part in; their supports may reach beyond it. */
export function touchedSpan(resampling: Resampling, axis: Shrinking, { start, end }: Span): Span {
  const endOf = (at: number): number => sourceSpan(resampling, axis, { start: at, end: at + 1 }).end;
  let first = Math.max(0, Math.floor((start * axis.to) / axis.from) - 2);
  while (first < axis.to && endOf(first) <= start) first++;
  let after = first;
  while (after < axis.to && supportOf(resampling, axis, after).first < end) after++;
  return { start: first, end: after };
}

/** Of the pixels that a run of the larger image has a part in, those whose supports lie in it whole. */
export function completeSpan(resampling: Resampling, axis: Shrinking, run: Span): Span {
  let { start, end } = touchedSpan(resampling, axis, run);
  const isWhole = (at: number): boolean => {
    const support = sourceSpan(resampling, axis, { start: at, end: at + 1 });
    return support.start >= run.start && support.end <= run.end;
  };
  while (start < end && !isWhole(start)) start++;
  while (end > start && !isWhole(end - 1)) end--;
  return { start, end };
}

/** The sizes of an image's overviews: halved, fractions dropped, until both sides are at most `least`, as GDAL's COGs have it. */
export function overviewSizes(image: { readonly width: number; readonly height: number }, least: number): { width: number; height: number }[] {
  const sizes: { width: number; height: number }[] = [];
  let { width, height } = image;
  while (width > least || height > least) {
    width = Math.max(1, Math.floor(width / 2));
    height = Math.max(1, Math.floor(height / 2));
    sizes.push({ width, height });
  }
  return sizes;
}
