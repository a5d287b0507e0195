import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../../errors.js';
import { locationKind, refuseForeign } from '../../io/location.js';
import { BOUNDS } from '../../pipeline/bounds.js';
import { POOL_KINDS, type PoolKind } from '../../pools/stage.js';
import type { Size } from '../../raster/window.js';
import { printableJson } from '../../report/printable.js';
import type { ThumbnailCounts } from '../../thumbnails/make.js';
import { earnWorse } from '../exit-code.js';
import { refuseMangled } from '../files.js';
import { exitCodeOf, type LogFlags, openLog } from '../log.js';
import { wholeNumber } from '../options.js';
import { pathName } from '../path-name.js';
import { startProgress } from '../progress.js';
import { abortOnSignals } from '../signals.js';
import { standardOutput } from '../standard-output.js';

interface ThumbnailsFlags extends LogFlags {
  readonly size?: Size;
  readonly exact: boolean;
  readonly index?: string;
  readonly workers: number;
  readonly pool: PoolKind;
  readonly json: boolean;
  readonly progress?: boolean;
}

const FITTED: Size = { width: 200, height: 200 };
const EXACT: Size = { width: 64, height: 64 };
const LARGEST = 16384;

/** `rastq thumbnails DIR OUT_DIR`: a PNG for each image under a folder, named by its pixels. */
export function thumbnailsCommand(): Command {
  return new Command('thumbnails')
    .description('Make a small PNG of every GeoTIFF, JPEG, PNG and WebP under a folder, named by the SHA-256 of its pixels.')
    .argument('<dir>', 'where the images are, at any depth')
    .argument('<out-dir>', 'where the thumbnails go')
    .addOption(new Option('--size <WxH>', 'the most pixels each way; the aspect is kept, nothing enlarged (default: 200x200)').argParser(sizeOf))
    .option('--exact', 'of just this size, whatever the aspect, 64x64 by default', false)
    .addOption(new Option('--index <file>', 'write a list of HASH: PATH, sorted').argParser(pathName))
    .addOption(new Option('-j, --workers <n>', 'workers in the pool').argParser(wholeNumber(...BOUNDS.workers)).default(availableParallelism(), 'the cores there are'))
    .addOption(new Option('--pool <kind>', 'what a worker is').choices([...POOL_KINDS]).default('processes'))
    .option('--json', 'print the counts as JSON', false)
    .option('-v, --verbose', 'say more, stacks of errors too', false)
    .option('--quiet', 'say nothing but why an image failed', false)
    .addOption(new Option('--log-format <format>', 'how stderr is written (default: pretty on a terminal, else json)').choices(['pretty', 'json']))
    .addOption(new Option('--progress', 'show progress on stderr (default: on a terminal)'))
    .addOption(new Option('--no-progress', 'show no progress'))
    .action(runThumbnails);
}

async function runThumbnails(input: string, output: string, flags: ThumbnailsFlags): Promise<void> {
  if (flags.verbose && flags.quiet) throw new UsageError('--verbose and --quiet contradict each other, give one of them');
  refuseMangled('the output', output);
  refuseForeign(output);
  if (locationKind(output) !== 'file') throw new UsageError(`${output}: thumbnails go to a folder`);
  if (flags.index !== undefined) refuseMangled('--index', flags.index);
  const log = openLog(flags);
  const signals = abortOnSignals();
  const progress = await startProgress(flags.progress ?? (process.stderr.isTTY && !flags.quiet), null);
  const { makeThumbnails } = await import('../../thumbnails/make.js');
  let said: Promise<void> = Promise.resolve();
  let counts: ThumbnailCounts;
  try {
    const size = { ...(flags.size ?? (flags.exact ? EXACT : FITTED)), exact: flags.exact };
    counts = await makeThumbnails(
      { input, output, index: flags.index, size },
      {
        workers: flags.pool === 'inline' ? 1 : flags.workers,
        pool: flags.pool,
        signal: signals.signal,
        onFailure: (error) => {
          said = said.then(() => log.failure(error));
          earnWorse(exitCodeOf(error));
        },
        onProgress: ({ files, of }) => progress.update(files / of),
      },
    );
  } finally {
    progress.stop();
    signals.forget();
    await said;
  }
  if (flags.json) standardOutput.write(`${printableJson(counts)}\n`);
  else if (!flags.quiet && (process.stderr.isTTY || flags.verbose)) process.stderr.write(`${told(counts)}\n`);
}

function told({ files, images, thumbnails, passedOver, failed }: ThumbnailCounts): string {
  return `${files} files: ${images} images, ${thumbnails} thumbnails; ${passedOver} are no image, ${failed} failed`;
}

function sizeOf(text: string): Size {
  const [, width, height] = (/^(\d+)x(\d+)$/i.exec(text) ?? []).map(Number);
  const isEdge = (edge: number | undefined): edge is number => edge !== undefined && edge >= 1 && edge <= LARGEST;
  if (!isEdge(width) || !isEdge(height)) throw new InvalidArgumentError(`wanted WIDTHxHEIGHT, each from 1 to ${LARGEST}, as in 200x200`);
  return { width, height };
}
