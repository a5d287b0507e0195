import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/**
 * Loaded into rastq's processes and threads by `NODE_OPTIONS=--import`, ahead of rastq itself: the user has no home folder, as
 * one that the system does not know, in a container say.
 */
os.homedir = () => {
  throw Object.assign(new Error('A system error occurred: uv_os_homedir returned ENOENT (no such file or directory)'), { code: 'ERR_SYSTEM_ERROR' });
};
syncBuiltinESMExports();
