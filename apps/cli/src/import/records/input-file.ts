import { createReadStream, type Stats } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CliError } from '../../terminal/cli-error.js';
import { notText, onlyFileIn, readZipEntry } from './zip-file.js';

export interface InputFile {
  readonly path: string;
  /** Without the folder and without `.gz`, or that of the file in a zip archive: the name under which its lines are remembered. */
  readonly name: string;
  readonly size: number;
  /** By content: an export named .csv may be compressed, and one named .gz may not. */
  readonly packed?: 'gzip' | { readonly zipEntry: string };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'file not found',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'a part of its path is a file, not a folder',
  ELOOP: 'its symbolic links form a loop',
  ENAMETOOLONG: 'its name is too long',
};

/** Rejects what cannot be an input before anything is appended. */
export async function inspectInputFile(file: string): Promise<InputFile> {
  const stats = await stat(file).catch((error) => reject(file, error));
  assertRegularFile(file, stats);
  const handle = await open(file).catch((error) => reject(file, error));
  try {
    const head = Buffer.alloc(4);
    await handle.read(head, 0, 4, 0);
    const magic = head.toString('hex');
    const plain = { path: file, name: path.basename(file).replace(/\.gz$/i, ''), size: stats.size };
    if (magic === 'd0cf11e0') throw notText(file);
    if (magic === '504b0304' || magic === '504b0506') {
      const zipEntry = await onlyFileIn(file);
      return { ...plain, name: path.posix.basename(zipEntry), packed: { zipEntry } };
    }
    return magic.startsWith('1f8b') ? { ...plain, packed: 'gzip' } : plain;
  } catch (error) {
    return reject(file, error);
  } finally {
    await handle.close();
  }
}

/** The bytes, unpacked. */
export function readBytes(file: InputFile): Readable {
  if (typeof file.packed === 'object') return Readable.from(readZipEntry(file.path, file.packed.zipEntry), { objectMode: false });
  const raw = createReadStream(file.path, { highWaterMark: 256 * 1024 });
  return file.packed ? pipeline(raw, createGunzip(), () => {}) : raw;
}

/** A small file, read at once. @throws CliError */
export const readWhole = (file: string): Promise<Buffer> => readFile(file).catch((error) => reject(file, error));

/** @throws CliError that names the file */
export async function readJson(file: string): Promise<unknown> {
  const text = (await readWhole(file)).toString('utf8').replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`${file} is not JSON: ${(error as Error).message}`);
  }
}

export const NEWLINE = 0x0a;

/** Says in words why a file could not be read, at any time while it is read. */
export function inputProblem(file: string, error: unknown): CliError {
  if (error instanceof CliError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return new CliError(`${file}: the gzip archive is cut off; copy the file again`);
  if (code?.startsWith('Z_')) return new CliError(`${file}: the gzip archive is damaged (${message}); copy the file again`);
  return new CliError(`${file} cannot be read: ${REASONS[code ?? ''] ?? message}`);
}

function assertRegularFile(file: string, stats: Stats): void {
  if (stats.isDirectory()) throw new CliError(`${file} is a folder; name the file to import`);
  if (!stats.isFile())
    throw new CliError(`${file} is not a regular file; copy its content into one, so that an interrupted import can be resumed`);
  if (stats.size === 0) throw new CliError(`${file} is empty; there is nothing to import`);
}

function reject(file: string, error: unknown): never {
  throw inputProblem(file, error);
}
