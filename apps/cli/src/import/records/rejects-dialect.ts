import type { CsvFormat } from '../mapping/mapping.js';
import type { InputFile } from './input-file.js';
import { physicalLines } from './physical-lines.js';
import { rejectColumnsOf } from './row.js';

/**
 * How a mended rejects file is read, whatever the mapping says of the file that its rows came from: in UTF-8, as it was written, by the
 * delimiter of its first line, for a spreadsheet saves it with the one of its country. Undefined for any other file.
 */
export async function rejectsDialect(file: InputFile): Promise<CsvFormat | undefined> {
  for await (const [first] of physicalLines(file, 'utf-8')) {
    const header = first?.text ?? '';
    const delimiter = /^letopis_file([,;\t])/.exec(header)?.[1];
    return delimiter !== undefined && rejectColumnsOf(header.split(delimiter)) ? { format: 'csv', delimiter } : undefined;
  }
  return undefined;
}
