import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { createEventRegistry, type EventLog, installationOf } from '#event-log';
import { eventDefinitions } from '#relationship';
import { collect, newEvent } from '#testing';
import { readConfiguration } from '../configuration/configuration.js';
import { openLetopisLog, openWritableLog } from './open-letopis-log.js';
import { openKeysAlone } from './open-subject-keys.js';

const registry = createEventRegistry(eventDefinitions);
const ada = 'relationship-ada';

describe('a log and its store of the keys of customers', () => {
  let folder: string;
  let environment: Record<string, string>;
  const file = (name: string) => path.join(folder, name);
  const configuration = (more = {}) => readConfiguration({ ...environment, ...more });
  const writing = async <Result>(work: (log: EventLog) => Promise<Result>, more = {}): Promise<Result> => {
    const { log } = await openWritableLog(configuration(more), { registry });
    return work(log).finally(() => log.close());
  };
  const start = (more = {}) => writing(async () => undefined, more);
  const registered = (displayName = 'Ada') =>
    newEvent({ type: 'customer-registered', data: { kind: 'person', role: 'customer', displayName } });
  const register = (subject = ada, more = {}) => writing((log) => log.append(subject, 'none', [registered()]), more);
  const reading = async <Result>(work: (log: EventLog) => Promise<Result>): Promise<Result> => {
    const log = await openLetopisLog(configuration());
    return work(log).finally(() => log.close());
  };
  const typesIn = (stream: string) => reading(async (log) => (await collect(log.readStream(stream))).map(({ type }) => type));
  const idOfStore = async () => {
    const store = await openKeysAlone(configuration().subjectKeys);
    return store.id().finally(() => store.close());
  };
  const moveKeys = (to = 'lost.sqlite') => renameSync(file('data/subject-keys.sqlite'), file(to));
  const bare = (name: string, sql: string) => {
    const database = new Database(file(`data/${name}`));
    database.exec(sql);
    database.close();
  };
  const missing = (...ids: string[]) => ({
    name: 'SubjectKeysMissing',
    message: expect.stringMatching(new RegExp(`${ids.join('.*')}.*SUBJECT_KEYS_URL to that store, or restore it`)),
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-own-keys-'));
    environment = { LETOPIS_DATA: file('data') };
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('a log names the store and the derivation of ids with one event before its first one, and nothing while nobody writes it', async () => {
    await start();
    expect(await typesIn('installation')).toEqual([]);
    for (const subject of [ada, 'relationship-ben']) await register(subject);
    const [first, second] = await reading(async (log) => collect(log.readAll()));
    expect([first!.type, second!.type]).toEqual(['installation-named', 'customer-registered']);
    expect(first!.recordedAt).toBe(second!.recordedAt);
    expect(await typesIn('installation')).toEqual(['installation-named']);
    expect(await reading(installationOf)).toMatchObject({
      subjectKeys: await idOfStore(),
      derivedIds: { kind: 'hmac', secret: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('a missing store is rejected by writers and readers, with its id and what to do, and no reader makes one', async () => {
    await register();
    const id = (await idOfStore())!;
    moveKeys();
    await expect(reading(async () => undefined)).rejects.toMatchObject(missing(id, 'missing or empty'));
    expect(existsSync(file('data/subject-keys.sqlite'))).toBe(false);
    for (let attempt = 0; attempt < 2; attempt++) await expect(start()).rejects.toMatchObject(missing(id, 'missing or empty'));
    await expect(reading(async () => undefined)).rejects.toMatchObject(missing(id, 'missing or empty'));
    renameSync(file('lost.sqlite'), file('data/subject-keys.sqlite'));
    await register('relationship-ben');
    expect((await reading((log) => collect(log.readStream(ada))))[0]!.data).toMatchObject({ displayName: 'Ada' });
  });

  it('the store of another installation is rejected, with both ids', async () => {
    await register();
    const id = (await idOfStore())!;
    moveKeys();
    await register('relationship-eve', { LETOPIS_DATA: file('other') });
    cpSync(file('other/subject-keys.sqlite'), file('data/subject-keys.sqlite'));
    cpSync(file('other/master.key'), file('data/master.key'));
    cpSync(file('other.keep'), file('data.keep'), { recursive: true });
    const other = (await idOfStore())!;
    expect(other).not.toBe(id);
    await expect(start()).rejects.toMatchObject(missing(id, other));
    await expect(reading(async () => undefined)).rejects.toMatchObject(missing(id, other));
  });

  describe('of before there were ids', () => {
    const forgetIds = () => {
      bare('subject-keys.sqlite', "DELETE FROM names WHERE name = 'id'");
      bare('chronicle.sqlite', 'DROP TRIGGER events_are_never_deleted; DELETE FROM events WHERE position = 1');
    };

    it('belong together from the next start of a writer on where the store has the key of a newest event, though another is lost', async () => {
      for (const subject of [ada, 'relationship-ben']) await register(subject);
      forgetIds();
      bare('subject-keys.sqlite', "DELETE FROM keys WHERE subject = 'relationship-ben'");
      await register('relationship-eve');
      expect((await reading(installationOf)).subjectKeys).toBe(await idOfStore());
    });

    it('belong together where the newest 200 events name lost keys only, and an earlier one a key that is there', async () => {
      await register();
      await writing((log) =>
        log.append(
          'relationship-ben',
          'none',
          Array.from({ length: 200 }, () => registered()),
        ),
      );
      forgetIds();
      bare('subject-keys.sqlite', "DELETE FROM keys WHERE subject = 'relationship-ben'");
      await start();
    });

    it.each([
      ['an empty store', async () => rmSync(file('data/subject-keys.sqlite'))],
      [
        'the store of others',
        async () => {
          bare('subject-keys.sqlite', "DELETE FROM keys; DELETE FROM names WHERE name = 'id'");
          const store = await openKeysAlone(configuration().subjectKeys);
          await store.ensure([ada]);
          await store.close();
        },
      ],
    ])('do not belong together where the newest events are encrypted by keys that are not there: %s', async (_, change) => {
      await register();
      forgetIds();
      await change();
      for (let attempt = 0; attempt < 2; attempt++)
        await expect(start()).rejects.toMatchObject(missing('another store', 'missing or empty'));
    });

    it('a store that was restored from a backup without an id takes that of the log, if it has its keys', async () => {
      await register();
      const id = await idOfStore();
      bare('subject-keys.sqlite', "DELETE FROM names WHERE name = 'id'");
      await expect(reading(async () => undefined)).rejects.toMatchObject(missing(id!));
      await start();
      expect(await idOfStore()).toBe(id);
      bare('subject-keys.sqlite', "DELETE FROM names WHERE name = 'id'; DELETE FROM keys");
      await expect(start()).rejects.toMatchObject(missing(id!));
    });
  });
});
