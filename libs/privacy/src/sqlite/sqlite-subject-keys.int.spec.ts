import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { subjectKeysContract } from '#testing/subject-keys.contract.js';
import { SubjectKeysUnavailable } from '../keys/subject-key-store.js';
import { type MasterKeys, masterKeyOf, masterKeysOf } from '../master-keys/master-keys.js';
import { openSubjectKeys } from '../open-subject-keys.js';
import { openSqliteSubjectKeys } from './sqlite-subject-keys.js';

const program = path.resolve('dist/libs/testing/src/ensure-until-killed.js');
const newFolder = () => mkdtempSync(path.join(tmpdir(), 'letopis-subject-keys-'));
const at = '2026-11-30T23:00:00.000Z';
const newMasterKeys = (): MasterKeys => masterKeysOf([masterKeyOf(randomBytes(32))]);

subjectKeysContract('the SQLite adapter', async () => {
  const folder = newFolder();
  const url = `sqlite:${path.join(folder, 'sub', 'subject-keys.sqlite')}`;
  return { open: (masterKeys) => openSubjectKeys(url, masterKeys), dispose: async () => rmSync(folder, { recursive: true }) };
});

/** The bytes without the first place where each of these is found. */
function twice(disk: Buffer, all: readonly Buffer[]): Buffer {
  const rest = Buffer.from(disk);
  for (const each of all) rest.fill(0, rest.indexOf(each), rest.indexOf(each) + each.length);
  return rest;
}

describe('subject keys in a file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = newFolder();
    file = path.join(folder, 'subject-keys.sqlite');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const bytesOnDisk = () => Buffer.concat(readdirSync(folder).map((name) => readFileSync(path.join(folder, name))));
  const wrappedIn = (subject: string): Buffer => {
    const bare = new Database(file, { readonly: true });
    const bytes = bare.prepare('SELECT bytes FROM keys JOIN wrapped USING (number) WHERE subject = ?').pluck().get(subject) as Buffer;
    bare.close();
    return bytes;
  };

  it('are in another state whenever one was erased or replaced, by whichever connection, and in the same one otherwise', async () => {
    const masterKeys = newMasterKeys();
    const [own, other] = [openSqliteSubjectKeys(file, masterKeys), openSqliteSubjectKeys(file, masterKeys)];
    await own.ensure(['relationship-ada', 'relationship-ben']);
    const states = [own.state!()];
    await own.find(['relationship-ada']);
    await other.find(['relationship-ada']);
    await own.ensure(['relationship-eve']);
    states.push(own.state!());
    await other.erase(['relationship-ada'], at);
    states.push(own.state!());
    await own.erase(['relationship-ben'], at);
    states.push(own.state!());
    expect(states[0]).toEqual(expect.any(String));
    expect(states.map((state) => states.indexOf(state))).toEqual([0, 0, 2, 3]);
    await Promise.all([own.close(), other.close()]);
    expect(own.state!()).toBeUndefined();
  });

  it('lie there wrapped, for their owner alone', async () => {
    const store = openSqliteSubjectKeys(file, newMasterKeys());
    const found = (await store.ensure(['relationship-ada'])).get('relationship-ada')!;
    const bytes = found.kind === 'key' ? found.key.key.export() : Buffer.alloc(0);
    expect(bytes).toHaveLength(32);
    expect(bytesOnDisk().includes(bytes)).toBe(false);
    for (const name of readdirSync(folder)) expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
    await store.close();
    chmodSync(file, 0o644);
    await openSqliteSubjectKeys(file, newMasterKeys()).close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('lie there once, and leave no byte behind when they are erased or wrapped again', async () => {
    const [former, next] = [masterKeyOf(randomBytes(32)), masterKeyOf(randomBytes(32))];
    const store = openSqliteSubjectKeys(file, masterKeysOf([former]));
    const subjects = Array.from({ length: 2_000 }, () => `relationship-${randomBytes(8).toString('hex')}`);
    // Not in the order of their names, and some beside one another.
    for (let from = 0; from < subjects.length; from += 100)
      await Promise.all(subjects.slice(from, from + 100).map((subject) => store.ensure([subject])));
    const before = subjects.map(wrappedIn);
    await store.erase([], at);
    await store.erase(['relationship-nobody'], at);
    const found = (disk: Buffer) => before.filter((wrapped) => disk.includes(wrapped)).length;
    expect(found(bytesOnDisk())).toBe(2_000);
    expect(found(twice(bytesOnDisk(), before))).toBe(0);
    const beside = openSqliteSubjectKeys(file, masterKeysOf([next, former]));
    await beside.find(subjects);
    await Promise.all(subjects.slice(0, 1_000).map((subject) => store.erase([subject], at)));
    expect(found(bytesOnDisk())).toBe(1_000);
    while ((await beside.rewrap(100)) > 0);
    expect(found(bytesOnDisk())).toBe(0);
    await Promise.all([store.close(), beside.close()]);
  });

  it('that lie at another subject than their own are called damaged, as are changed ones', async () => {
    const masterKeys = newMasterKeys();
    const store = openSqliteSubjectKeys(file, masterKeys);
    await store.ensure(['relationship-ada', 'relationship-ben', 'relationship-eve']);
    const bare = new Database(file);
    const change = bare.prepare('UPDATE wrapped SET bytes = ? WHERE number = (SELECT number FROM keys WHERE subject = ?)');
    change.run(wrappedIn('relationship-ben'), 'relationship-ada');
    change.run(Buffer.alloc(60), 'relationship-eve');
    bare.close();
    for (const subject of ['relationship-ada', 'relationship-eve'])
      expect((await store.find([subject])).get(subject)).toMatchObject({
        kind: 'unreadable',
        error: { name: 'WrappedKeyDamaged', message: expect.stringMatching(new RegExp(`${subject}.*${(await masterKeys.current()).id}`)) },
      });
    expect((await store.find(['relationship-ben'])).size).toBe(1);
    await store.close();
  });

  it('say which file they cannot be opened from, and stay out of a database of something else', () => {
    const text = path.join(folder, 'note.txt');
    writeFileSync(text, 'x'.repeat(4096));
    for (const other of [text, folder]) expect(() => openSqliteSubjectKeys(other, newMasterKeys())).toThrow(SubjectKeysUnavailable);
    expect(() => openSqliteSubjectKeys(text, newMasterKeys())).toThrow(text);
    const other = new Database(file);
    other.exec('CREATE TABLE keys (id TEXT)');
    expect(() => openSqliteSubjectKeys(file, newMasterKeys())).toThrow(
      `the key store ${file} cannot be opened: it is an SQLite database of another application`,
    );
    expect(other.pragma('journal_mode', { simple: true })).toBe('delete');
    other.close();
    for (const url of ['memory:', 'sqlite:', file])
      expect(() => openSubjectKeys(url, newMasterKeys())).toThrow('sqlite:<path> or mongodb://host:port/database');
  });

  /** What a process printed until it ended, or was killed after so many lines. */
  async function ensured(masterKey: Buffer, count: number, killAfter = Number.POSITIVE_INFINITY): Promise<string[]> {
    const child = spawn(process.execPath, [program, `sqlite:${file}`, masterKey.toString('hex'), String(count)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (text.split('\n').length > killAfter) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('close', resolve));
    return text.split('\n').slice(0, -1);
  }

  it('are the same for processes that make them at the same time, of which one is killed', async () => {
    const masterKey = randomBytes(32);
    const [whole, other, killed] = await Promise.all([ensured(masterKey, 500), ensured(masterKey, 500), ensured(masterKey, 500, 40)]);
    expect(whole).toHaveLength(500);
    expect(other).toEqual(whole);
    expect(killed.length).toBeGreaterThanOrEqual(40);
    expect(whole).toEqual(expect.arrayContaining(killed));
    expect(existsSync(file)).toBe(true);
    expect(await ensured(masterKey, 500)).toEqual(whole);
  });
});
