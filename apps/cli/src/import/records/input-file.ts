import { createReadStream, type Stats } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CliError } from '../../terminal/cli-error.js';

export interface InputFile {
  readonly path: string;
  /** Without the folder and without `.gz`: the name under which its lines are remembered. */
  readonly name: string;
  readonly size: number;
  readonly compressed: boolean;
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
    const head = Buffer.alloc(2);
    await handle.read(head, 0, 2, 0);
    // By content: an export named .csv may be compressed, and one named .gz may not.
    const compressed = head[0] === 0x1f && head[1] === 0x8b;
    return { path: file, name: path.basename(file).replace(/\.gz$/i, ''), size: stats.size, compressed };
  } catch (error) {
    return reject(file, error);
  } finally {
    await handle.close();
  }
}

/** The bytes, unpacked. */
export const readBytes = (file: InputFile): Readable => unpacked(createReadStream(file.path, { highWaterMark: 256 * 1024 }), file);

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

export const unpacked = (raw: Readable, { compressed }: InputFile): Readable =>
  compressed ? pipeline(raw, createGunzip(), () => {}) : raw;

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
