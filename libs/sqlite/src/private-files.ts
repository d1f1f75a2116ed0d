import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Whatever the umask says: a folder or a file of data is its owner's alone. */
export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;

const OTHERS = 0o077;
/** Of a folder that many share, such as `/tmp`. */
const STICKY = 0o1000;

/** Takes from group and others what they may do with an existing file or folder. What is somebody else's, or everybody's, stays as it is. */
export function tighten(file: string): void {
  const { mode, uid } = statSync(file, { throwIfNoEntry: false }) ?? {};
  if (mode === undefined || (mode & OTHERS) === 0 || (mode & STICKY) !== 0) return;
  if (uid !== process.getuid?.() && process.getuid?.() !== 0) return;
  try {
    chmodSync(file, mode & 0o7700);
  } catch (error) {
    // A file system without modes has none to change.
    if (!['EPERM', 'EROFS', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

export function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  tighten(folder);
}

/** What Letopis makes in the folder of data. */
const OF_DATA =
  /^((chronicle|keys|subject-keys|access-log|rejected-rows|views)\.sqlite(-wal|-shm|-journal)?((\.group)?\.lock)?|master\.key|imports)$/;

/** A folder of data and what is in it; one that holds nothing of Letopis stays as it is, and so does whatever else lies in it. */
export function tightenData(folder: string): void {
  const ours = existsSync(folder) ? readdirSync(folder).filter((name) => OF_DATA.test(name)) : [];
  if (ours.length === 0) return;
  for (const name of ['.', ...ours]) tighten(path.join(folder, name));
  const imports = path.join(folder, 'imports');
  if (existsSync(imports)) for (const name of readdirSync(imports)) tighten(path.join(imports, name));
}

/** Before SQLite opens it for writing, which gives the files beside it the mode that it has. */
export function makePrivate(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  try {
    if (!existsSync(file)) closeSync(openSync(file, 'ax', PRIVATE_FILE));
  } catch {
    // Another was quicker, or it cannot be made: SQLite says why.
  }
}

/** Once it is known to be ours. */
export function tightenDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) tighten(file + suffix);
}
