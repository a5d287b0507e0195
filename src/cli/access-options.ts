import { type Command, Option } from 'commander';
import { type Access, STANDARD_ACCESS } from '../io/access.js';
import { BOUNDS } from '../pipeline/bounds.js';
import { STANDARD_ENDURANCE } from '../pools/pool.js';
import { byteCount } from './byte-count.js';
import { wholeNumber } from './options.js';
import { pathName } from './path-name.js';

/** The options on remote files, as commander gives them. */
export interface AccessFlags {
  readonly connections: number;
  readonly retries?: number;
  readonly timeout: number;
  readonly sidecars: boolean;
  readonly spool: boolean;
  readonly spoolDir?: string;
  readonly spoolMax?: number;
  readonly s3Region?: string;
  readonly s3Endpoint?: string;
  readonly s3PathStyle?: boolean;
  readonly s3RequesterPays: boolean;
  readonly s3Unsigned: boolean;
}

/** Adds the options that say how remote files are reached. */
export function addAccessOptions(command: Command): Command {
  const { connections, retries, timeoutMs } = STANDARD_ACCESS;
  return command
    .addOption(new Option('--connections <n>', 'requests to a remote file at one time').argParser(wholeNumber(...BOUNDS.connections)).default(connections))
    .addOption(new Option('--retries <n>', `how often what failed is tried again (default: a request ${retries} times, a task whose worker died ${STANDARD_ENDURANCE.retries})`).argParser(wholeNumber(...BOUNDS.retries)))
    .addOption(new Option('--timeout <s>', 'seconds without a byte, then a request is tried again').argParser(wholeNumber(...BOUNDS.timeout)).default(timeoutMs / 1000))
    .option('--sidecars', 'look for .msk and .aux.xml beside a remote input too', false)
    .option('--spool', 'copy a remote input to a temporary file first', false)
    .addOption(new Option('--spool-dir <dir>', "where temporary files go (default: the system's)").argParser(pathName))
    .addOption(new Option('--spool-max <size>', 'largest input to copy, as in 20G (default: 9/10 of what is free there)').argParser(byteCount))
    .option('--s3-region <name>', "region of the bucket (default: the AWS SDK's)")
    .option('--s3-endpoint <url>', "another store than AWS's (default: the AWS SDK's)")
    .option('--s3-path-style', 'https://HOST/BUCKET/KEY, not https://BUCKET.HOST/KEY (default: with an endpoint)')
    .option('--no-s3-path-style', 'the other way round')
    .option('--s3-requester-pays', 'agree to pay for what is read', false)
    .option('--s3-unsigned', 'send no credentials, for public buckets', false);
}

export function accessOf(flags: AccessFlags): Access {
  return {
    ...STANDARD_ACCESS,
    connections: flags.connections,
    retries: flags.retries ?? STANDARD_ACCESS.retries,
    timeoutMs: flags.timeout * 1000,
    sidecars: flags.sidecars,
    s3: {
      region: flags.s3Region,
      endpoint: flags.s3Endpoint,
      pathStyle: flags.s3PathStyle,
      requesterPays: flags.s3RequesterPays,
      unsigned: flags.s3Unsigned,
    },
  };
}
