import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { leadsMapping, type Workplace, workplace } from './letopis.js';

const rows = [
  'email,name,day,item,amount',
  'anna@example.com,Анна,2024-01-15,tea,12.50',
  'anna@example.com,Анна,2024-07-15,"cups, two",7',
  'bo@example.com,"Bo ""B"" Li",2024-02-01,,',
  'anna@example.com,Анна,2024-07-15,"cups, two",7',
  '',
].join('\n');

let place: Workplace;
beforeEach(() => {
  place = workplace();
  place.file('leads.csv', rows);
  place.file('leads.json', JSON.stringify(leadsMapping));
});
afterEach(() => place.remove());

const summaryOf = (stdout: string) => JSON.parse(stdout) as Record<string, unknown>;
const importLeads = (...more: readonly string[]) => place.run('import', 'leads.csv', '--mapping', 'leads.json', '--json', ...more);

describe('letopis import', () => {
  it('turns rows into commands, equal rows into as many events', async () => {
    const { code, stdout, stderr } = await importLeads();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(summaryOf(stdout)).toMatchObject({ rows: 4, commands: 5, eventsAppended: 7, rejected: 0, rejects: null });
    const events = await place.events();
    const purchases = events.filter(({ type }) => type === 'purchase-recorded');
    expect(purchases.map(({ occurredAt, data }) => [occurredAt, data.item, data.amount])).toEqual([
      ['2024-01-14T23:00:00.000Z', 'tea', { minor: 1250, currency: 'EUR' }],
      ['2024-07-14T22:00:00.000Z', 'cups, two', { minor: 700, currency: 'EUR' }],
      ['2024-07-14T22:00:00.000Z', 'cups, two', { minor: 700, currency: 'EUR' }],
    ]);
    expect(purchases.map(({ source }) => source)).toEqual([2, 3, 5].map((line) => ({ system: 'shop', id: `leads.csv:${line}#2` })));
  });

  it('keeps e-mail addresses and names out of ids', async () => {
    await importLeads();
    for (const { stream, id, source } of await place.events())
      expect(JSON.stringify([stream, id, source])).not.toMatch(/anna|example|Анна/);
  });

  it('records the system as the actor of every command, and no name of one', async () => {
    await importLeads();
    const events = (await place.domainEvents()).filter(({ stream }) => stream.startsWith('relationship-'));
    expect(new Set(events.map(({ actor }) => JSON.stringify(actor)))).toEqual(new Set([JSON.stringify({ id: 'shop', kind: 'import' })]));
  });

  it('appends nothing the second time', async () => {
    await importLeads();
    const before = await place.events();
    const { code, stdout } = await importLeads();
    expect({ code, ...summaryOf(stdout) }).toMatchObject({ code: 0, rows: 4, eventsAppended: 0, alreadyThere: 5, rejected: 0 });
    expect(await place.events()).toEqual(before);
  });

  it('ends with what to do where the secret of its ids is lost, on the data folder and as a rehearsal, and rejects no row', async () => {
    await importLeads();
    const before = await place.events();
    const keys = readdirSync(path.join(place.folder, 'data')).filter((name) => name.startsWith('keys.sqlite'));
    expect(keys).toContain('keys.sqlite');
    for (const name of keys) rmSync(path.join(place.folder, 'data', name));
    rmSync(path.join(place.folder, 'data', 'imports'), { recursive: true });
    for (const more of [['--dry-run'], []]) {
      const { code, stderr } = await importLeads(...more);
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: expect.stringMatching(/derived under a secret that is not in the key store; restore the key store of this log/),
      });
    }
    expect(await place.events()).toEqual(before);
    expect(existsSync(path.join(place.folder, 'leads.csv.rejects.csv'))).toBe(false);
  });

  it('rejects the rows of customers whose keys are lost, on the data folder and as a rehearsal, and makes no other keys for them', async () => {
    await importLeads();
    const ofCustomers = async () => (await place.events()).filter(({ stream }) => stream.startsWith('relationship-')).map(({ id }) => id);
    const before = await ofCustomers();
    const keys = new Database(path.join(place.folder, 'data', 'subject-keys.sqlite'));
    expect(keys.prepare("DELETE FROM keys WHERE subject LIKE 'relationship-%'").run().changes).toBeGreaterThan(0);
    keys.close();
    rmSync(path.join(place.folder, 'data', 'imports'), { recursive: true });
    for (const more of [['--dry-run'], []]) {
      const { code, stdout } = await importLeads(...more);
      expect({ code, ...summaryOf(stdout) }).toMatchObject({ code: 1, rows: 4, eventsAppended: 0, rejected: 4 });
    }
    expect(await ofCustomers()).toEqual(before);
    expect(readFileSync(path.join(place.folder, 'leads.csv.rejects.csv'), 'utf8')).toMatch(/key of .* is not in the store/);
  });

  it('takes a gzip archive by its content, whatever its name', async () => {
    place.file('leads.csv', gzipSync(rows));
    expect(summaryOf((await importLeads()).stdout)).toMatchObject({ rows: 4, eventsAppended: 7 });
  });

  it('passes over a byte order mark', async () => {
    place.file('leads.csv', `\uFEFF${rows}`);
    expect(summaryOf((await importLeads()).stdout)).toMatchObject({ rows: 4, rejected: 0 });
  });

  it('reads the encoding that the mapping names', async () => {
    const text = rows.replaceAll('Анна', '@');
    const [before = '', ...others] = text.split('\n');
    place.file(
      'leads.csv',
      Buffer.concat([
        Buffer.from(`${before}\n${others.join('\n').split('anna@example.com,@')[0]}`),
        ...others
          .join('\n')
          .split('anna@example.com,@')
          .slice(1)
          .map((part) => Buffer.concat([Buffer.from('anna@example.com,'), Buffer.from([0xc0, 0xed, 0xed, 0xe0]), Buffer.from(part)])),
      ]),
    );
    place.file('leads.json', JSON.stringify({ ...leadsMapping, source: { format: 'csv', encoding: 'windows-1251' } }));
    await importLeads();
    expect((await place.events()).find(({ type }) => type === 'customer-registered')?.data).toMatchObject({ displayName: 'Анна' });
  });

  it('rehearses without a trace', async () => {
    place.file('leads.csv', `${rows}carl@example.com,Carl,2024-02-30,tea,1\n`);
    const { code, stdout } = await importLeads('--dry-run');
    expect({ code, ...summaryOf(stdout) }).toMatchObject({ code: 1, dryRun: true, rows: 5, eventsAppended: 7, rejected: 1 });
    expect((await place.run('events')).code).toBe(3);
  });

  it('rehearses on what the chronicle holds', async () => {
    await importLeads();
    expect(summaryOf((await importLeads('--dry-run')).stdout)).toMatchObject({ eventsAppended: 0, alreadyThere: 5 });
  });

  it('reads NDJSON with members of members', async () => {
    place.file(
      'leads.ndjson',
      '{"who":{"email":"anna@example.com"},"name":"Анна","day":"2024-01-15","item":"tea","amount":12.5}\nnot json\n',
    );
    const at = (json: unknown) =>
      JSON.parse(JSON.stringify(json).replaceAll('"email"}', '"/who/email"}').replaceAll('"of":"email"', '"of":"/who/email"')) as object;
    place.file('leads.json', JSON.stringify({ ...at(leadsMapping), source: { format: 'ndjson' } }));
    const { code, stdout } = await place.run('import', 'leads.ndjson', '-m', 'leads.json', '--json');
    expect({ code, ...summaryOf(stdout) }).toMatchObject({ code: 1, rows: 2, eventsAppended: 3, rejected: 1 });
    const [reject = ''] = place.read('leads.ndjson.rejects.ndjson').split('\n');
    expect(JSON.parse(reject)).toMatchObject({
      letopis_file: 'leads.ndjson',
      letopis_line: 2,
      letopis_reason: expect.stringContaining('is not JSON'),
      text: 'not json',
    });
  });

  it('looks values up in a second file', async () => {
    place.file('items.csv', 'item,kind\ntea,drink\n');
    const [register, purchase] = leadsMapping.commands;
    const category = { $lookup: 'items', key: { $column: 'item' }, column: 'kind' };
    place.file(
      'leads.json',
      JSON.stringify({
        ...leadsMapping,
        lookups: { items: { file: 'items.csv', key: 'item' } },
        commands: [register, { ...purchase, body: { ...purchase.body, category } }],
      }),
    );
    await importLeads();
    const purchases = (await place.events()).filter(({ type }) => type === 'purchase-recorded');
    expect(purchases.map(({ data }) => data.category)).toEqual(['drink', undefined, undefined]);
  });

  it('follows the order of time where the mapping asks for it', async () => {
    place.file('leads.csv', 'email,name,day,item,amount\na@x.org,A,2024-03-01,late,1\na@x.org,A,2024-01-01,early,1\n');
    place.file('leads.json', JSON.stringify({ ...leadsMapping, order: leadsMapping.occurredAt }));
    await importLeads();
    expect((await place.events()).filter(({ type }) => type === 'purchase-recorded').map(({ data }) => data.item)).toEqual([
      'early',
      'late',
    ]);
  });
});
