import { existsSync, renameSync, rmSync } from 'node:fs';
import { copyEvents, NOTHING_COPIED, openEventLogAdapter } from '#event-log';
import { assertEncrypted, type Configuration, LogNotEncrypted, openLogEncryption } from '#platform';

/** A log in a file that a test wrote in plain text, with what it likes, is one that the API starts on: as `letopis encrypt-log` does it. */
export const encryptedInPlace = async ({ eventLogUrl, subjectKeys }: Pick<Configuration, 'eventLogUrl' | 'subjectKeys'>): Promise<void> => {
  const file = /^sqlite:(.+)$/.exec(eventLogUrl)?.[1];
  if (file === undefined || !existsSync(file)) return;
  const source = await openEventLogAdapter(eventLogUrl);
  try {
    if (await isEncrypted()) return;
    const encryption = await openLogEncryption(subjectKeys);
    const target = await openEventLogAdapter(`${eventLogUrl}.encrypted`);
    for await (const _ of copyEvents(source, target, NOTHING_COPIED, await encryption.copyingOf(source)));
    await encryption.finished();
    await Promise.all([target.close(), encryption.close()]);
  } finally {
    await source.close();
  }
  for (const rest of ['-wal', '-shm']) rmSync(file + rest, { force: true });
  renameSync(`${file}.encrypted`, file);

  async function isEncrypted(): Promise<boolean> {
    try {
      await assertEncrypted(source, eventLogUrl);
      return true;
    } catch (error) {
      if (error instanceof LogNotEncrypted) return false;
      throw error;
    }
  }
};
