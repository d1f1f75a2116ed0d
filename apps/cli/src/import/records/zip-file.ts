import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { type Entry, open, type ZipFile } from 'yauzl';
import { CliError } from '../../terminal/cli-error.js';

const openZip = promisify<string, { lazyEntries: boolean; autoClose: boolean }, ZipFile>(open);

/** The one file that the archive holds. @throws CliError */
export async function onlyFileIn(archive: string): Promise<string> {
  const names: string[] = [];
  for await (const { entry } of entriesOf(archive)) if (isContent(entry.fileName)) names.push(entry.fileName);
  if (names.some((name) => WORKBOOK_PARTS.has(name))) throw notText(archive);
  const [only, ...others] = names;
  if (only === undefined) throw new CliError(`${archive} is a zip archive without a file in it`);
  if (others.length > 0)
    throw new CliError(`${archive} is a zip archive of ${names.length} files; unpack the one to import: ${names.slice(0, 20).join(', ')}`);
  return only;
}

/** @throws CliError */
export async function* readZipEntry(archive: string, name: string): AsyncGenerator<Buffer> {
  for await (const { zip, entry } of entriesOf(archive)) {
    if (entry.fileName !== name) continue;
    if (entry.isEncrypted()) throw new CliError(`${archive}: ${name} is encrypted; unpack it first`);
    const stream = await promisify<Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip) as never)(entry).catch(damaged(archive));
    let checksum = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    } catch (error) {
      damaged(archive)(error as Error);
    }
    if (checksum !== entry.crc32) damaged(archive)(new Error('its checksum is another'));
    return;
  }
  throw new CliError(`${archive} has no ${name} any more`);
}

/** Of Excel (.xlsx), OpenDocument (.ods) and Numbers. */
const WORKBOOK_PARTS = new Set(['[Content_Types].xml', 'META-INF/manifest.xml', 'Index/Document.iwa']);

/** A workbook is no table of text. */
export const notText = (file: string) => new CliError(`${file} is a spreadsheet; save its sheet as CSV in UTF-8 and import that file`);

/** What macOS adds to an archive is no content. */
const isContent = (name: string) => !/\/$|(^|\/)(__MACOSX|\.DS_Store)(\/|$)/.test(name);

async function* entriesOf(archive: string): AsyncGenerator<{ readonly zip: ZipFile; readonly entry: Entry }> {
  const zip = await openZip(archive, { lazyEntries: true, autoClose: false }).catch(damaged(archive));
  try {
    for (;;) {
      const entry = await new Promise<Entry | undefined>((resolve, reject) => {
        zip
          .removeAllListeners()
          .once('entry', resolve)
          .once('end', () => resolve(undefined))
          .once('error', reject);
        zip.readEntry();
      }).catch(damaged(archive));
      if (!entry) return;
      yield { zip, entry };
    }
  } finally {
    zip.close();
  }
}

const damaged =
  (archive: string) =>
  (error: Error): never => {
    if (error instanceof CliError) throw error;
    throw new CliError(`${archive}: the zip archive cannot be read (${error.message}); unpack it, or copy it again`);
  };
