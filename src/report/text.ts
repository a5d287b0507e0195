import { printable } from './printable.js';
import type { Report } from './report.js';

/** The bottleneck in words. */
export const ADVICE: Readonly<Record<Report['bottleneck'], string>> = {
  workers: 'the pool sets the pace: more workers help while there are cores',
  reader: 'reading sets the pace: more workers will not help',
  writer: 'writing sets the pace: more workers will not help',
};

/** The report in five lines. */
export function formatReport(report: Report): string {
  const { seconds, bytes, queue } = report;
  const rate = seconds.wall > 0 ? bytes.raw / seconds.wall : 0;
  const waited = (waiting: number, busy: number): string => `${Math.round((waiting + busy > 0 ? waiting / (waiting + busy) : 0) * 100)} %`;
  const busy = seconds.decode + seconds.operation + seconds.encode;
  return [
    printable(`${report.operation}  ${report.input.path} -> ${report.output.path}`),
    `  ${report.output.width} x ${report.output.height} pixels, ${report.output.bands} ${plural(report.output.bands, 'band')}, ` +
      `${report.input.dtype} -> ${report.output.dtype}; ${report.windows} ${plural(report.windows, 'window')} in ${report.tasks} ${plural(report.tasks, 'task')}` +
      (report.resumedTasks === 0 ? '' : `, ${report.resumedTasks} of them done before`) +
      (report.verified === null ? '' : `; ${report.verified.tiles} ${plural(report.verified.tiles, 'tile')} verified in ${report.verified.seconds.toFixed(2)} s`),
    `  ${seconds.wall.toFixed(2)} s, ${formatBytes(rate)}/s of pixels; read ${formatBytes(bytes.read)}, wrote ${formatBytes(bytes.written)}; ` +
      `memory ${formatBytes(report.memory.peakBytes)} of ${formatBytes(report.memory.limitBytes)}`,
    `  ${report.workers} ${plural(report.workers, 'worker')} (${report.pool}): decode ${seconds.decode.toFixed(2)} s, operation ${seconds.operation.toFixed(2)} s, ` +
      `encode ${seconds.encode.toFixed(2)} s; queues at most ${queue.inputHighWater} and ${queue.outputHighWater} of ${queue.size}`,
    `  waited: reader ${waited(seconds.waiting.reader, seconds.read)}, ` +
      `workers ${waited(seconds.waiting.workers, busy)}, ` +
      `writer ${waited(seconds.waiting.writer, seconds.write)}; ${ADVICE[report.bottleneck]}`,
  ].join('\n');
}

const plural = (count: number, word: string): string => (count === 1 ? word : `${word}s`);

/** Bytes in the unit that reads best, powers of 1,000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 || bytes / 1000 ** power >= 100 ? 0 : 1)} ${units[power]}`;
}
