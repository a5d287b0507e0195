import { fchmodSync, fchownSync, fstatSync, type Stats } from 'node:fs';
import { systemCode } from '../errors.js';
import { uninterrupted } from './uninterrupted.js';

/** A user and a group, by their numbers. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a file that is to be replaced leaves to the one in its place; absent where there is none. */
export interface FileAccess {
  /** Who may read and write it, as permission bits; absent: what any new file has. */
  readonly mode?: number;
  /** Whose it is. */
  readonly owner?: Owner;
}

const PERMISSIONS = 0o777;
/** What a new file has, less the umask. */
const NEW_FILE = 0o666;
/** Its own user writes it, and reads it where a run is resumed. */
const OWN = 0o600;
const GROUP = 0o070;
/** From the bits of others to those of the group. */
const TO_GROUP = 3;
/** As chown(2) has it. */
const SAME = -1;
/** Of systems that know no permissions. */
const KNOWS_NO_MODES = ['EPERM', 'ENOTSUP', 'ENOSYS'];

export const accessOf = ({ mode, uid, gid }: Stats): FileAccess => ({ mode: mode & PERMISSIONS, owner: { uid, gid } });

/** What the temporary file is created with: others, and a group that may be another one, may do no more with it than with the file that it replaces. */
export const modeOf = ({ mode }: FileAccess): number => (mode === undefined ? NEW_FILE : forAnyGroup(mode) | OWN);

/** Without what the group alone may do. */
const forAnyGroup = (mode: number): number => mode & (~GROUP | (mode << TO_GROUP));

/** A file that is replaced keeps who may read and write it, whatever the umask; a group that is another one may do no more than others. */
export function keepMode(fd: number, { mode, owner }: FileAccess): void {
  if (mode === undefined) return;
  const isSameGroup = owner === undefined || fstatSync(fd).gid === owner.gid;
  try {
    uninterrupted(() => fchmodSync(fd, isSameGroup ? mode : forAnyGroup(mode)));
  } catch (error) {
    if (!KNOWS_NO_MODES.includes(systemCode(error) ?? '')) throw error;
  }
}

/** The same, and its group and its user, where it may be given to them. The user comes last: what is another's takes no mode. */
export function keepAccess(fd: number, access: FileAccess): void {
  const { owner } = access;
  const { uid, gid } = fstatSync(fd);
  if (owner !== undefined && gid !== owner.gid) give(fd, SAME, owner.gid);
  keepMode(fd, access);
  if (owner !== undefined && uid !== owner.uid) give(fd, owner.uid, SAME);
}

/** No reason why it cannot be given, be it a user's quota, is one to lose what is complete. */
function give(fd: number, uid: number, gid: number): void {
  try {
    uninterrupted(() => fchownSync(fd, uid, gid));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
