import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { prepareImport } from '../import-file.js';
import { inMemorySink } from '../memory/in-memory-sink.js';
import { noCheckpoint } from '../run/import-checkpoint.js';
import { suggestFor } from './suggest-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-suggest-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is suggested for a file, and what its import comes to. */
async function tried(name: string, content: string | Buffer) {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  const { mapping, notes } = await suggestFor(file);
  const prepared = await prepareImport(file, mapping, { dryRun: false, mappingPath: path.join(folder, 'm.json'), lookups: new Map() });
  const sink = await inMemorySink();
  const { tally } = await prepared.run(sink, noCheckpoint, { signal: new AbortController().signal, onProgress: () => {} });
  const events = (await sink.domainEvents()).map(({ type, occurredAt, data }) => ({ type, occurredAt, data }));
  await sink.close();
  return { mapping, notes, tally, events };
}

describe('a suggested mapping', () => {
  it('makes customers and purchases of a table of sales, whatever the marks and the order of its dates', async () => {
    const sales = [
      'Kunden-Nr;Name;E-Mail;Telefon;Geburtsdatum;Datum;Artikel;Menge;Betrag;Filiale',
      '7;Anna Alt;anna@example.com;+49 30 901820;15.05.1985;31.01.2024;Tee;2;1.234,50;Nord',
      '7;Anna Alt;;;;01.02.2024;Tasse;1;3,00;Nord',
      '8;Bo;bo@example.com;;;02.02.2024;Tee;1;-3,00;',
    ];
    const { mapping, notes, tally, events } = await tried('Sales 2024.csv', `${sales.join('\r\n')}\r\n`);
    expect(mapping).toMatchObject({
      system: 'sales-2024',
      source: { format: 'csv', delimiter: ';' },
      occurredAt: { $date: { $column: 'Datum' }, format: 'd.M.yyyy' },
    });
    expect(tally).toMatchObject({ rows: 3, rejected: 0, events: 8 });
    expect(events.map(({ type }) => type).sort()).toEqual([
      'customer-identifier-added',
      'customer-identifier-added',
      'customer-identifier-added',
      'customer-profile-recorded',
      'customer-registered',
      'customer-registered',
      'purchase-recorded',
      'purchase-recorded',
    ]);
    expect(events.find(({ type }) => type === 'purchase-recorded')).toMatchObject({
      occurredAt: '2024-01-31T00:00:00.000Z',
      data: { item: 'Tee', quantity: 2, amount: { minor: 123_450, currency: 'EUR' } },
    });
    expect(events.find(({ type }) => type === 'customer-profile-recorded')?.data).toEqual({ person: { birthDate: '1985-05-15' } });
    expect(notes).toContain('the currency EUR is a guess');
    expect(notes).toContain('1 rows have a negative "Betrag" and are passed over: returns need a purchase that they belong to');
    expect(notes.at(-1)).toBe('not used: "Filiale"');
    expect(mapping.description).toContain('not used: "Filiale"');
  });

  it('says what it does not know', async () => {
    const { mapping, notes, tally } = await tried('x.csv', 'when,price,mail\n3/4/2024,$5,none\n5/6/2024,$6,a@example.com\n');
    expect(tally).toMatchObject({ rows: 2, rejected: 0 });
    expect(mapping).toMatchObject({ occurredAt: { format: 'd/M/yyyy' } });
    expect(notes).toEqual([
      '"mail" has values that are no e-mail addresses',
      'no column looks like the name of a customer',
      'no column identifies a customer: every row becomes one of its own; name the columns in "target" if several rows are of one',
      'customers are registered as persons',
      '"when" is read as d/M/yyyy, though M/d/yyyy would fit its values too',
      '"when" is when it happened, read in the time zone of the company where it names none',
      'used as their names suggest: "when"',
      'not used: "price", "mail"',
    ]);
  });

  it('passes over rows without the key, and reads another encoding as a guess', async () => {
    const content = Buffer.from('Customer ID,Company,Amount,Currency\n,M\xfcller,1,USD\n5,A,0.125,USD\n', 'latin1');
    const { mapping, notes, tally, events } = await tried('firms.csv', content);
    expect(mapping.source).toEqual({ format: 'csv', encoding: 'windows-1252' });
    expect(tally).toMatchObject({ rows: 2, idle: 1, rejected: 0 });
    expect(events).toMatchObject([
      { type: 'customer-registered', data: { kind: 'organisation', displayName: 'A' } },
      { type: 'purchase-recorded', data: { item: 'firms', quantity: 1, amount: { minor: 13, currency: 'USD' } } },
    ]);
    expect(notes).toContain('1 rows have no "Customer ID" and are passed over');
  });

  it('multiplies the price of a piece, passes over returns, and leaves thousands in doubt to whoever checks it', async () => {
    const retail = await tried('r.csv', 'Invoice,Customer ID,Item,Quantity,Unit Price\n1,7,Tea,3,2.50\nC2,7,Tea,-1,2.50\n3,7,Tea,,2.50\n');
    expect(retail.tally).toMatchObject({ rows: 3, rejected: 0 });
    expect(retail.events.filter(({ type }) => type === 'purchase-recorded').map(({ data }) => data)).toMatchObject([
      { quantity: 3, amount: { minor: 750, currency: 'EUR' } },
    ]);
    expect(retail.notes).toEqual(
      expect.arrayContaining([
        '"Unit Price" is read as the price of one piece, to be multiplied by "Quantity"',
        '2 rows have a "Quantity" that is negative, zero or empty and are passed over: returns need a command of their own',
        'used as their names suggest: "Customer ID", "Item", "Quantity", "Unit Price"',
      ]),
    );
    const thousands = await tried('t.csv', 'Customer ID,Name,Amount\n7,A,1.200\n8,B,3.500\n');
    expect(thousands.tally).toMatchObject({ rows: 2, rejected: 2 });
    expect(thousands.notes.join()).toContain('every "Amount" has three digits behind the mark, which may be thousands');
  });

  it('is none for what is not CSV', async () => {
    await expect(tried('a.ndjson', '{"a":1}\n')).rejects.toThrow('is not CSV but JSON; --suggest reads CSV only');
  });
});
