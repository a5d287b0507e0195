import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The script, seen from the compiled `dist/test/remote/support/`. */
const SCRIPT = fileURLToPath(new URL('../../../../test/remote/servers.sh', import.meta.url));

/** Real servers on loopback, as the script prints them. */
export interface Servers {
  readonly s3: string;
  readonly http: string;
  /** The folder that the HTTP server serves. */
  readonly www: string;
  /** The HTTP server's log of requests. */
  readonly log: string;
  stop(): void;
}

/**
 * Why the real servers cannot run here; false where they can, or where they must: with RASTQ_REQUIRE_SERVERS set, a
 * missing one is a failure.
 */
export const missingServers: string | false =
  process.env['RASTQ_REQUIRE_SERVERS'] !== undefined || (existsSync('/usr/sbin/nginx') && existsSync('/usr/bin/swift-proxy-server'))
    ? false
    : 'nginx and OpenStack Swift are not installed: test/remote/servers.sh install';

export function startServers(): Servers {
  const folder = mkdtempSync(join(tmpdir(), 'rastq-servers-'));
  const { status, stdout, stderr } = spawnSync(SCRIPT, ['start', folder], { encoding: 'utf8', env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } });
  const stop = (): void => {
    spawnSync(SCRIPT, ['stop', folder]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  if (status !== 0) {
    stop();
    throw new Error(`${SCRIPT} start: ${stderr}`);
  }
  return { ...(JSON.parse(stdout) as Omit<Servers, 'stop'>), stop };
}

/** The environment of a user of the S3 store who may do everything. */
export const s3Environment = ({ s3 }: Servers): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL: s3,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test:tester',
  AWS_SECRET_ACCESS_KEY: 'testing',
});
