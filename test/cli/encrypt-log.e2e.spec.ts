import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { contentOf } from '../upgrade/ask.js';
import { unpackFolder } from '../upgrade/fixture.js';
import { leadsMapping, type Workplace, workplace } from './letopis.js';

let place: Workplace;
let environment: { readonly EVENT_LOG_URL: string };
beforeEach(() => {
  place = workplace();
  unpackFolder(place.folder);
  place.file('leads.json', JSON.stringify(leadsMapping));
  place.file('leads.csv', 'email,name,day,item,amount\nzoe@example.com,Zoe,2024-03-01,tea,3\n');
  environment = { EVENT_LOG_URL: `sqlite:${path.join(place.folder, 'data/encrypted.sqlite')}` };
});
afterEach(() => place.remove());

const encryptLog = (...args: readonly string[]) => place.run('encrypt-log', '--to', environment.EVENT_LOG_URL, ...args);
const lines = async (run: Promise<{ readonly stdout: string }>) => (await run).stdout.trimEnd().split('\n');
/** Every table of the views, by the names of one build, and without the hashes of events. */
const viewsIn = (file: string): Readonly<Record<string, readonly string[]>> => {
  const views = new Database(path.join(place.folder, file), { readonly: true });
  const names = views.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as readonly string[];
  const rows = (name: string) =>
    views
      .prepare(`SELECT * FROM "${name}"`)
      .all()
      .map((row) => JSON.stringify(row).replace(/[0-9a-f]{64}/g, 'hash'));
  return Object.fromEntries(names.map((name) => [name.replace(/_g\d+/, ''), rows(name).sort()]));
};
/** Of whom the fixture tells. */
const NAMES = /Penrose|Köhler|Customer Registered|registered@example\.org|Asked how it went|Buyer One/;

describe('letopis encrypt-log', () => {
  it('makes an encrypted log of a plaintext one, which is read on and written no more, with the same views', async () => {
    expect(await place.run('import', 'leads.csv', '--mapping', 'leads.json')).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(
        /contains personal data in plain text, first at revision 0 of curator-.*`letopis encrypt-log --to <url of a new log>`/,
      ),
    });
    expect((await place.run('serve')).code).toBe(78);
    expect((await place.run('policies', 'publish', 'cadence', 'leads.json')).code).toBe(78);
    const before = await place.events();
    expect((await place.runWith({ READ_MODELS_URL: 'sqlite:before.sqlite' }, 'views', 'customers')).code).toBe(0);

    const { code, stderr } = await encryptLog();
    expect([code, stderr]).toEqual([0, expect.stringMatching(/781 events copied and compared/)]);
    for (const said of [
      `EVENT_LOG_URL=${environment.EVENT_LOG_URL}`,
      'KAFKA_TOPIC_PREFIX=',
      'chronicle.sqlite-wal',
      'views.sqlite',
      'all backups',
    ])
      expect(stderr).toContain(said);

    const bytes = readFileSync(path.join(place.folder, 'data/encrypted.sqlite'));
    for (const encoding of ['utf8', 'utf16le'] as const) expect(bytes.toString(encoding)).not.toMatch(NAMES);
    expect((await place.runWith(environment, 'verify')).stderr).toMatch(/^781 events of 82 streams: all verified/);
    const after = await place.events(environment);
    const isErased = ({ stream }: { readonly stream: string }) => stream === 'relationship-customer-erased';
    expect(contentOf(after.filter((event) => !isErased(event)))).toEqual(contentOf(before.filter((event) => !isErased(event))));
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect((await place.runWith({ ...environment, READ_MODELS_URL: 'sqlite:after.sqlite' }, 'views', 'customers')).code).toBe(0);
    expect(viewsIn('after.sqlite')).toEqual(viewsIn('before.sqlite'));

    expect(await place.run('import', 'leads.csv', '--mapping', 'leads.json')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('because it moved to sqlite:'),
    });
    expect((await place.run('verify')).stderr).toMatch(/^782 events of 83 streams: all verified/);
    expect((await place.runWith(environment, 'import', 'leads.csv', '--mapping', 'leads.json')).code).toBe(0);
  });

  it('continues where it was killed', async () => {
    const before = await lines(place.run('events'));
    for (const after of [300, 600, 900]) {
      const child = place.start({}, 'encrypt-log', '--to', environment.EVENT_LOG_URL);
      await sleep(after);
      child.kill('SIGKILL');
    }
    expect((await encryptLog()).code).toBe(0);
    expect((await lines(place.runWith(environment, 'events'))).length).toBe(before.length);
    expect((await place.runWith(environment, 'verify')).code).toBe(0);
    expect((await encryptLog()).code).toBe(0);
  });

  it('says what is wrong with what it is given, and makes nothing', async () => {
    const kafka = { KAFKA_BROKERS: '127.0.0.1:1', KAFKA_TOPIC_PREFIX: 'crm' };
    const wrong = async (...args: readonly string[]) => {
      const { code, stderr } = await place.runWith(kafka, 'encrypt-log', '--to', environment.EVENT_LOG_URL, ...args);
      return [code, stderr];
    };
    expect(await wrong()).toEqual([2, expect.stringMatching(/KAFKA_BROKERS is set: give --topic-prefix, another one than crm/)]);
    expect(await wrong('--topic-prefix', 'crm')).toEqual([2, expect.stringContaining('must be another one than KAFKA_TOPIC_PREFIX')]);
    expect(await wrong('--topic-prefix', 'a b')).toEqual([2, expect.stringContaining('--topic-prefix a b: must')]);
    expect(await wrong('--topic-prefix', 'crm2', '--from', 'sqlite:none.sqlite')).toEqual([3, expect.stringContaining('none.sqlite')]);
    expect(await place.run('encrypt-log', '--to', 'sqlite:data/chronicle.sqlite')).toMatchObject({ code: 2 });
    const [code, stderr] = await wrong('--topic-prefix', 'crm2');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/KAFKA_TOPIC_PREFIX=crm2[\s\S]*\(crm\.\*\)/)]);
  });
});
