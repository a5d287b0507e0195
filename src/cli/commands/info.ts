import { Command, Option } from 'commander';
import { describeFile } from '../../pipeline/describe.js';
import { formatInfo } from '../../report/info-text.js';
import { wholeNumber } from '../options.js';
import { printable } from '../printable.js';

/** `rastq info FILE`: what a raster says of itself. */
export function infoCommand(): Command {
  return new Command('info')
    .description('Tell what a raster is: size, bands, layout, nodata, reference system, metadata.')
    .argument('<file>', 'GeoTIFF')
    .addOption(new Option('--page <n>', 'which of its full images, from 1').argParser(wholeNumber(1, 65536)).default(1))
    .option('--json', 'as JSON', false)
    .action(async (file: string, flags: { readonly page: number; readonly json: boolean }) => {
      const info = await describeFile(file, flags.page);
      const text = flags.json ? JSON.stringify(info, null, 2) : formatInfo(info).split('\n').map(printable).join('\n');
      process.stdout.write(`${text}\n`);
    });
}
