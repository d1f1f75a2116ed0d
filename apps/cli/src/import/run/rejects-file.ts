import { existsSync } from 'node:fs';
import { open, rename, truncate } from 'node:fs/promises';
import { PRIVATE_FILE, tighten } from '#sqlite';
import { unavailable } from '../../terminal/cli-error.js';
import { rowReference } from '../memory/import-identity.js';
import { rejectColumns, rejectColumnsOf } from '../records/row.js';
import type { Reject } from './row-result.js';

/** Rows that were not applied, with their reasons; made when the first one comes. Mended, it can be imported with the same mapping. */
export interface RejectsFile {
  /** On the disk when it returns. After a failure the end of the file is unknown. */
  write(rejects: readonly Reject[]): Promise<void>;
  /** Bytes written so far: where a resumed run goes on. */
  readonly size: number;
  close(): Promise<void>;
}

/** What stood in the file beyond `keep` bytes was written by an earlier run and is written again. */
export async function openRejectsFile(path: string, format: 'csv' | 'ndjson', keep: number): Promise<RejectsFile> {
  if (keep > 0)
    await truncate(path, keep)
      .then(() => tighten(path))
      .catch(failed(path));
  else await setAside(path).catch(failed(path));
  // One that was begun before imports had numbers continues without them.
  const columns = format === 'csv' && keep > 0 ? await columnsOf(path).catch(failed(path)) : rejectColumns;
  return appending(path, keep, (rejects, size) => {
    const header = size === 0 && format === 'csv' ? csvLine([...columns, ...Object.keys(rejects[0]!.original)]) : '';
    return header + rejects.map((reject) => (format === 'csv' ? csvReject(reject, columns) : jsonReject(reject))).join('');
  });
}

/** `textOf`: what is appended for these to a file of that size. */
export function appending(path: string, from: number, textOf: (rejects: readonly Reject[], size: number) => string | Buffer): RejectsFile {
  let size = from;
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  return {
    get size() {
      return size;
    },
    async write(rejects) {
      if (rejects.length === 0) return;
      try {
        handle ??= await open(path, 'a', PRIVATE_FILE);
        const text = textOf(rejects, size);
        await handle.appendFile(text);
        await handle.sync();
        size += Buffer.byteLength(text);
      } catch (error) {
        failed(path)(error as Error);
      }
    },
    async close() {
      await handle?.close();
    },
  };
}

/** Rejects of an earlier import that somebody may be mending. */
export async function setAside(path: string): Promise<void> {
  if (!existsSync(path)) return;
  let aside = `${path}.old`;
  for (let number = 2; existsSync(aside); number++) aside = `${path}.old.${number}`;
  await rename(path, aside);
  tighten(aside);
}

export const failed =
  (path: string) =>
  (error: Error): never => {
    throw unavailable(
      `the rejects file ${path} cannot be written (${error.message}); free some space and run the same command again, or pass another file with --rejects`,
    );
  };

type Ours = Readonly<Record<(typeof rejectColumns)[number], string | number>>;

const ours = ({ file, line, row, of, reason, applied }: Reject): Ours => ({
  letopis_file: file,
  letopis_line: line,
  letopis_reason: reason,
  letopis_applied: applied.join(' '),
  letopis_import: rowReference(of.reference, row),
});

function csvReject(reject: Reject, columns: readonly (keyof Ours)[]): string {
  const values = ours(reject);
  return csvLine([...columns.map((name) => values[name]), ...Object.values(reject.original), ...reject.surplus].map(String));
}

const jsonReject = (reject: Reject) => `${JSON.stringify({ ...ours(reject), ...reject.original })}\n`;

async function columnsOf(path: string): Promise<readonly (keyof Ours)[]> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(rejectColumns.join().length + 1), 0);
    return rejectColumnsOf(buffer.toString('utf8', 0, bytesRead).split(',')) ?? rejectColumns;
  } finally {
    await handle.close();
  }
}

const csvLine = (values: readonly string[]) => `${values.map(csvField).join(',')}\n`;
const csvField = (value: string) => (/[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
