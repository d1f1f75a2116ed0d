import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyEvents, createEventRegistry, type EventLogAdapter, NOTHING_COPIED, openEventLog, openEventLogAdapter } from '#event-log';
import { eventDefinitions } from '#relationship';
import { appendAtHead, newEvent } from '#testing';
import { readConfiguration } from '../configuration/configuration.js';
import { openLogEncryption } from './encrypt-log.js';
import { openWritableLog } from './open-letopis-log.js';

const registry = createEventRegistry(eventDefinitions);

describe('an unfinished result of encrypt-log', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-encrypt-log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const urlOf = (name: string) => `sqlite:${path.join(folder, name)}`;

  it('is not started on: the error names the command that continues, and is gone when that has ended', async () => {
    const configuration = readConfiguration({ LETOPIS_DATA: folder, EVENT_LOG_URL: urlOf('encrypted.sqlite') });
    const plain = await openEventLog(urlOf('plain.sqlite'), { registry });
    const data = { kind: 'person', role: 'customer', displayName: 'Ada' };
    for (const id of ['ada', 'ben']) await appendAtHead(plain, `relationship-${id}`, [newEvent({ type: 'customer-registered', data })]);
    await plain.close();
    const copied = async (isWhole: boolean) => {
      const encryption = await openLogEncryption(configuration.subjectKeys);
      const source = await openEventLogAdapter(urlOf('plain.sqlite'), { readOnly: true });
      const target = await openEventLogAdapter(configuration.eventLogUrl);
      let appends = 0;
      const append: EventLogAdapter['append'] = (one) =>
        ++appends > 1 && !isWhole ? Promise.reject(new Error('the program was killed')) : target.append(one);
      try {
        for await (const _ of copyEvents(source, { ...target, append }, NOTHING_COPIED, await encryption.copyingOf(source)));
        await encryption.finished();
      } finally {
        await Promise.all([source.close(), target.close(), encryption.close()]);
      }
    };
    const start = async () => (await openWritableLog(configuration, { registry })).log.close();

    await expect(copied(false)).rejects.toThrow('the program was killed');
    await expect(start()).rejects.toMatchObject({
      name: 'LogNotEncrypted',
      message: expect.stringMatching(/encrypted\.sqlite is the unfinished result of `letopis encrypt-log`; run the same command again/),
    });
    rmSync(path.join(folder, 'encrypted.sqlite'));
    await copied(true);
    await start();
  });
});
