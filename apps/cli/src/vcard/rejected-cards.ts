import { appending, failed, type RejectsFile, setAside } from '../import/run/rejects-file.js';
import type { Reject } from '../import/run/row-result.js';
import { CARD_COLUMN } from './card-records.js';

/** Rejected cards as they came, byte for byte, each with file, line and reason; mended, the file is imported like any other. */
export async function openRejectedCards(path: string): Promise<RejectsFile> {
  await setAside(path).catch(failed(path));
  return appending(path, 0, (rejects) => Buffer.concat(rejects.map(rejectedCard)));
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
