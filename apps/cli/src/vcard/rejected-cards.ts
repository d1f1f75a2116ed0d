import { open } from 'node:fs/promises';
import { PRIVATE_FILE } from '#sqlite';
import { failed, type RejectsFile, setAside } from '../import/run/rejects-file.js';
import type { Reject } from '../import/run/row-result.js';
import { CARD_COLUMN } from './card-records.js';

/** Rejected cards as they came, byte for byte, each with file, line and reason; mended, the file is imported like any other. */
export async function openRejectedCards(path: string): Promise<RejectsFile> {
  await setAside(path).catch(failed(path));
  let size = 0;
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  return {
    get size() {
      return size;
    },
    async write(rejects) {
      if (rejects.length === 0) return;
      const bytes = Buffer.concat(rejects.map(rejectedCard));
      try {
        handle ??= await open(path, 'a', PRIVATE_FILE);
        await handle.appendFile(bytes);
        await handle.sync();
        size += bytes.length;
      } catch (error) {
        failed(path)(error as Error);
      }
    },
    async close() {
      await handle?.close();
    },
  };
}

function rejectedCard({ file, line, row = line, reason, applied, of, original }: Reject): Buffer {
  const why = {
    FILE: file,
    LINE: String(line),
    REASON: reason,
    ...(applied.length > 0 && { APPLIED: applied.join(' ') }),
    IMPORT: of.reference,
    ...(row !== line && { ROW: String(row) }),
  };
  const lines = Object.entries(why).map(([name, value]) => `X-LETOPIS-${name}:${value.replace(/\s+/g, ' ')}`);
  const text = String(original[CARD_COLUMN]).replaceAll('\n', LINE_END);
  return Buffer.concat([
    Buffer.from(['BEGIN:VCARD', ...lines, ''].join(LINE_END)),
    Buffer.from(text, 'latin1'),
    Buffer.from(['', 'END:VCARD', ''].join(LINE_END)),
  ]);
}

/** Of RFC 6350 3.2. */
const LINE_END = '\r\n';
