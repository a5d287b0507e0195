import { Command, Option } from 'commander';
import { BOUNDS } from '../../pipeline/bounds.js';
import { describeFile } from '../../pipeline/describe.js';
import { formatInfo } from '../../report/info-text.js';
import { printableJson } from '../../report/printable.js';
import { type AccessFlags, addAccessOptions } from '../access-options.js';
import { wholeNumber } from '../options.js';
import { withAccess } from '../spools.js';
import { answer } from '../standard-output.js';

interface InfoFlags extends AccessFlags {
  readonly page: number;
  readonly json: boolean;
}

/** `rastq info FILE`: what a raster says of itself. */
export function infoCommand(): Command {
  const command = new Command('info')
    .description('Tell what a raster is: size, bands, layout, nodata, reference system, metadata.')
    .argument('<file>', 'GeoTIFF: a path, https:// or s3:// URL, or - for standard input')
    .addOption(new Option('--page <n>', 'which of its full images, from 1').argParser(wholeNumber(...BOUNDS.page)).default(1))
    .option('--json', 'as JSON', false);
  return addAccessOptions(command).action((file: string, flags: InfoFlags) =>
    withAccess([file], flags, async (access) => {
      const info = await describeFile(file, flags.page, access);
      answer(flags.json ? printableJson(info) : formatInfo(info));
    }),
  );
}
