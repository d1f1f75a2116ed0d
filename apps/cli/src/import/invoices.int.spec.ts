import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { prepareImport } from './import-file.js';
import type { Mapping } from './mapping/mapping.js';
import { type InMemorySink, inMemorySink } from './memory/in-memory-sink.js';
import { type ImportCheckpoint, noCheckpoint } from './run/import-checkpoint.js';
import { emptyTally } from './run/import-tally.js';

let folder: string;
let sink: InMemorySink;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-invoices-'));
  sink = await inMemorySink();
});
afterEach(async () => {
  await sink.close();
  rmSync(folder, { recursive: true });
});

const header = 'invoice,item,quantity,day,price,customer,country';
const target = { $id: 'customer', of: 'customer' };
const credit = { column: 'invoice', matches: '^C' };
const quantity = { $number: { $column: 'quantity' }, sign: 'absolute' };
const price = { $money: { $column: 'price' }, currency: 'GBP' };
const base = { system: 'shop', source: { format: 'csv' }, occurredAt: { $date: { $column: 'day' } } } as const;
const register = { command: 'register-customer', once: true, target, body: { kind: 'person' } };
/** Every row is a purchase, or the return of one. */
const rows: Mapping = {
  ...base,
  commands: [
    register,
    {
      command: 'record-purchase',
      when: { not: credit },
      target,
      body: {
        purchaseId: { $row: 'purchase' },
        item: { $column: 'item' },
        quantity,
        unitPrice: price,
        invoice: { $column: 'invoice' },
        labels: { country: { $column: 'country' } },
      },
    },
    {
      command: 'return-purchase',
      when: credit,
      target,
      returns: { $column: 'item' },
      body: { quantity, amount: { ...price, times: quantity } },
    },
  ],
};
/** Every invoice is one purchase. */
const invoices: Mapping = {
  ...base,
  group: ['invoice'],
  commands: [
    register,
    {
      command: 'record-purchase',
      target,
      body: {
        purchaseId: { $row: 'purchase' },
        item: { $template: 'invoice {invoice}' },
        quantity: { $sum: quantity },
        amount: { $sum: { ...price, times: quantity } },
        invoice: { $column: 'invoice' },
        lines: { $lines: { item: { $column: 'item' }, quantity, unitPrice: price } },
      },
    },
  ],
};

async function imported(lines: readonly string[], mapping: Mapping, checkpoint: ImportCheckpoint = noCheckpoint, name = 'retail.csv') {
  const file = path.join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const prepared = await prepareImport(file, mapping, { dryRun: false, mappingPath: 'm.json', lookups: new Map() });
  const before = (await sink.domainEvents()).length;
  const { tally, resumedAt } = await prepared.run(sink, checkpoint, { signal: new AbortController().signal, onProgress: () => {} });
  return { ...tally, resumedAt, appended: (await sink.domainEvents()).slice(before) };
}
const rejects = (name = 'retail.csv.rejects.csv') => readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n');
const gbp = (minor: number) => ({ minor, currency: 'GBP' });

const purchases = [
  '1,mug,6,2010-12-01,2.55,17850,UK',
  '2,mug,2,2010-12-02,2.55,17850,UK',
  '3,mug,6,2010-12-03,2.10,17850,UK',
  '4,mug,9,2010-12-04,2.55,13047,France',
];

describe('a return that names its item', () => {
  const returnedTo = async (...credits: readonly string[]) => {
    const { appended, rejected, unmatched } = await imported([header, ...purchases, ...credits], rows);
    const invoiceOf = new Map(
      appended.map(({ data }) => [Object(data).purchaseId, Object(data).invoice] as const).filter(([, invoice]) => invoice),
    );
    const returns = appended.filter(({ type }) => type === 'purchase-returned').map(({ data }) => Object(data));
    return {
      rejected,
      unmatched,
      returns: returns.map(({ purchaseId, amount, quantity: of }) => `${invoiceOf.get(purchaseId)}: ${of} for ${amount.minor}`),
    };
  };

  it('is of the latest purchase of the customer of which exactly that is left', async () => {
    expect(await returnedTo('C5,mug,-2,2010-12-05,2.55,17850,UK')).toMatchObject({ returns: ['2: 2 for 510'], rejected: 0 });
  });

  it('is else of the latest of which enough is left, in pieces and in money', async () => {
    expect(await returnedTo('C5,mug,-3,2010-12-05,2.10,17850,UK', 'C6,mug,-6,2010-12-06,2.55,17850,UK')).toMatchObject({
      returns: ['3: 3 for 630', '1: 6 for 1530'],
      rejected: 0,
    });
  });

  it('without such a purchase is rejected, counted and named', async () => {
    const outcome = await returnedTo(
      'C5,mug,-7,2010-12-05,1.00,17850,UK',
      'C6,cup,-1,2010-12-05,1.00,17850,UK',
      'C7,mug,-6,2010-12-05,2.55,17850,UK',
      'C8,mug,-6,2010-12-05,2.55,17850,UK',
    );
    expect(outcome).toEqual({ rejected: 3, unmatched: 3, returns: ['1: 6 for 1530'] });
    expect(
      rejects()
        .slice(1)
        .map((line) => line.split(',')[1]),
    ).toEqual(['6', '7', '9']);
    expect(rejects()[1]).toContain(
      'no earlier purchase of ""mug"" by this customer that was accepted from this file has 7 for 700 minor units left to return',
    );
  });

  it('is never of a purchase that was rejected, whenever the file is imported, and matches when it is corrected in its file', async () => {
    const inFuture = '5,mug,2,2200-12-04,2.55,17850,UK';
    const back = 'C6,mug,-2,2010-12-05,2.55,17850,UK';
    const tooMany = 'C7,mug,-9,2010-12-06,2.55,17850,UK';
    const once = await returnedTo(inFuture, back, tooMany);
    expect(once).toEqual({ rejected: 2, unmatched: 1, returns: ['2: 2 for 510'] });
    expect(await returnedTo(inFuture, back, tooMany)).toEqual({ rejected: 2, unmatched: 1, returns: [] });
    const resumed = { ...noCheckpoint, load: async () => ({ import: 1, rows: 5, rejectsPath: '', rejectsSize: 0, tally: emptyTally() }) };
    expect(await imported([header, ...purchases, inFuture, back, tooMany], rows, resumed)).toMatchObject({ rejected: 1, events: 0 });
    const corrected = await imported([header, ...purchases, inFuture, back, tooMany.replace('-9', '-6')], rows);
    expect(corrected.appended.map(({ type }) => type)).toEqual(['purchase-returned']);
  });

  it('may be of several lines of an invoice, and of fractions until nothing is left', async () => {
    const [, purchase, back] = rows.commands;
    const { body } = invoices.commands[1]!;
    const mapping = { ...invoices, commands: [register, { ...purchase!, body }, { ...back! }] };
    const { appended, rejected } = await imported(
      [
        header,
        ...['3', '2'].map((count) => `1,tea,${count},2010-12-01,1.00,17850,UK`),
        'C2,tea,-5,2010-12-05,1.00,17850,UK',
        '3,ham,0.3,2010-12-05,10.00,17850,UK',
        ...['4', '5', '6'].map((number) => `C${number},ham,-0.1,2010-12-06,10.00,17850,UK`),
      ],
      mapping,
    );
    expect({ rejected, types: appended.map(({ type }) => type) }).toMatchObject({
      rejected: 0,
      types: [
        'customer-registered',
        'purchase-recorded',
        'purchase-returned',
        'purchase-recorded',
        ...Array.from({ length: 3 }, () => 'purchase-returned'),
      ],
    });
  });

  it('is of one row, also where the rows of an invoice are grouped', async () => {
    const credit = ['C2,tea,-1,2010-12-05,1.00,17850,UK', 'C2,pot,-1,2010-12-05,5.00,17850,UK'];
    const purchase = { ...invoices.commands[1]!, when: { not: { column: 'invoice', matches: '^C' } } };
    const { appended, rejected } = await imported(
      [header, '1,tea,3,2010-12-01,1.00,17850,UK', '1,pot,1,2010-12-01,5.00,17850,UK', ...credit],
      { ...invoices, commands: [register, purchase, rows.commands[2]!] },
    );
    const returned = appended.filter(({ type }) => type === 'purchase-returned').map(({ data }) => Object(data).amount);
    expect({ rejected, returned }).toEqual({ rejected: 0, returned: [gbp(100), gbp(500)] });
  });

  it('finds a line of an invoice', async () => {
    const [, purchase, back] = rows.commands;
    const lines = { $lines: { item: { $column: 'item' }, quantity, unitPrice: price } };
    const body = { purchaseId: { $row: 'p' }, item: 'invoice', quantity: { $sum: quantity }, lines };
    const mapping = { ...rows, group: ['invoice'], commands: [register, { ...purchase!, body }, { ...back! }] };
    const { appended, rejected } = await imported(
      [header, '1,mug,6,2010-12-01,2.55,17850,UK', '1,cup,2,2010-12-01,1.00,17850,UK', 'C2,cup,-1,2010-12-05,1.00,17850,UK'],
      mapping,
    );
    expect({ rejected, data: appended.slice(1).map(({ data }) => data) }).toMatchObject({
      rejected: 0,
      data: [
        { quantity: 8, amount: gbp(1730) },
        { quantity: 1, amount: gbp(100), whole: false },
      ],
    });
  });

  it('appends nothing when the file is imported again, and is the same after an interruption', async () => {
    const file = [header, ...purchases, 'C5,mug,-2,2010-12-05,2.55,17850,UK', 'C6,mug,-2,2010-12-05,2.10,17850,UK'];
    expect((await imported(file, rows)).rejected).toBe(0);
    expect(await imported(file, rows)).toMatchObject({ rejected: 0, events: 0, repeated: 8 });
    const resumed = { ...noCheckpoint, load: async () => ({ import: 1, rows: 5, rejectsPath: '', rejectsSize: 0, tally: emptyTally() }) };
    expect(await imported(file, rows, resumed)).toMatchObject({ rows: 1, rejected: 0, events: 0, repeated: 2 });
  });

  it('stays that of its purchase when a longer export has another one that would fit better', async () => {
    const keyed: Mapping = { ...rows, dedupe: ['invoice', 'item'] };
    const credit = 'C5,mug,-6,2010-12-05,2.55,17850,UK';
    const [first, second] = ['1,mug,6,2010-12-01,2.55,17850,UK', '3,mug,6,2010-12-03,2.55,17850,UK'];
    await imported([header, first, credit], keyed);
    const longer = [header, first, second, credit];
    expect(await imported(longer, keyed)).toMatchObject({ rejected: 0, repeated: 3, events: 1 });
    // What was left of the other one is returned now, also after an interruption.
    const load = async () => ({ import: 2, rows: 3, rejectsPath: '', rejectsSize: 0, tally: { ...emptyTally(), rows: 3 } });
    const { appended, ...rest } = await imported([...longer, credit.replace('C5', 'C6')], keyed, { ...noCheckpoint, load });
    expect(rest).toMatchObject({ rejected: 0, events: 1 });
    const idOf = new Map((await sink.domainEvents()).map(({ data }) => [Object(data).invoice, Object(data).purchaseId]));
    expect(appended.map(({ data }) => Object(data).purchaseId)).toEqual([idOf.get('3')]);
  });

  it('is of a purchase once, however often rows repeat either', async () => {
    const keyed: Mapping = { ...rows, dedupe: ['invoice', 'item'] };
    const [first, second] = purchases as [string, string];
    const back = 'C5,mug,-4,2010-12-05,2.55,17850,UK';
    const file = [header, first, second, first, back, back, 'C6,mug,-2,2010-12-06,2.55,17850,UK', 'C7,mug,-2,2010-12-07,2.55,17850,UK'];
    for (const again of [false, true]) {
      expect(await imported(file, keyed)).toMatchObject({ rejected: 0, events: again ? 0 : 6 });
      const all = await sink.domainEvents();
      const invoiceOf = new Map(all.map(({ data }) => [Object(data).purchaseId, Object(data).invoice] as const).filter(([, of]) => of));
      const returns = all.filter(({ type }) => type === 'purchase-returned').map(({ data }) => Object(data));
      expect(returns.map((one) => `${invoiceOf.get(one.purchaseId)}: ${one.quantity}`)).toEqual(['1: 4', '2: 2', '1: 2']);
    }
    expect(await imported([...file, 'C8,mug,-1,2010-12-08,2.55,17850,UK'], keyed)).toMatchObject({ rejected: 1, unmatched: 1 });
  });

  it('is for returns only', async () => {
    const [first] = rows.commands;
    await expect(imported([header], { ...rows, commands: [{ ...first!, returns: 'x' }] })).rejects.toThrow(
      'commands.0.returns is for return-purchase only',
    );
  });
});

describe('rows that are one', () => {
  const invoice = ['1,mug,6,2010-12-01,2.55,17850,UK', '1,cup,2,2010-12-01,0.30,17850,UK'];
  const other = '2,mug,1,2010-12-02,2.00,13047,France';

  it('are one purchase, with the sum and the lines', async () => {
    const { appended, rows: read, rejected } = await imported([header, ...invoice, other], invoices);
    expect({ read, rejected }).toEqual({ read: 3, rejected: 0 });
    const [first, second] = appended.filter(({ type }) => type === 'purchase-recorded').map(({ data }) => data);
    expect(first).toMatchObject({
      item: 'invoice 1',
      quantity: 8,
      amount: gbp(1590),
      invoice: '1',
      lines: [
        { item: 'mug', quantity: 6, unitPrice: gbp(255) },
        { item: 'cup', quantity: 2, unitPrice: gbp(30) },
      ],
    });
    expect(second).toMatchObject({ quantity: 1, amount: gbp(200) });
    expect(await imported([header, ...invoice, other], invoices)).toMatchObject({ rows: 3, events: 0, rejected: 0 });
  });

  it('are rejected together, and imported together when they are mended', async () => {
    const {
      rows: read,
      rejected,
      appended,
    } = await imported([header, ...invoice.map((line) => line.replace('0.30', 'x')), other], invoices);
    expect({ read, rejected, appended: appended.length }).toEqual({ read: 3, rejected: 2, appended: 2 });
    const text = rejects();
    expect(text.map((line) => line.split(',')[1])).toEqual(['letopis_line', '2', '3']);
    expect(text[1]).toContain('line 3: ""x"" is not a number');
    const mended = await imported(
      text.map((line) => line.replace(/,x,/, ',0.30,')),
      invoices,
      noCheckpoint,
      'retail.csv.rejects.csv',
    );
    expect(mended).toMatchObject({ rows: 2, rejected: 0 });
    expect(mended.appended.at(-1)?.data).toMatchObject({ quantity: 8, amount: gbp(1590) });
    expect(mended.appended.at(-1)?.source?.id).toBe('retail.csv:2#2');
  });

  it('count as many rows when an interrupted import continues after them', async () => {
    const load = async () => ({ import: 1, rows: 1, rejectsPath: '', rejectsSize: 0, tally: { ...emptyTally(), rows: 2 } });
    await imported([header, ...invoice, other], invoices);
    expect(await imported([header, ...invoice, other], invoices, { ...noCheckpoint, load })).toMatchObject({
      resumedAt: 2,
      rows: 3,
      events: 0,
    });
  });

  it('are rejected where they say two things outside of $lines and $sum', async () => {
    expect(await imported([header, invoice[0]!, invoice[1]!.replace('17850', '13047')], invoices)).toMatchObject({ rejected: 2 });
    expect(rejects()[1]).toContain('column customer differs between lines 2 and 3 of one invoice; read it with $lines or $sum');
  });

  it('that do not follow one another are rejected, as are those beside a line that cannot be read', async () => {
    expect(await imported([header, ...invoice, other, invoice[0]!], invoices)).toMatchObject({ rows: 4, rejected: 1 });
    expect(rejects()[1]).toContain('has the same invoice as rows before it that it does not follow');
    expect(await imported([header, ...invoice, '1,cup', other], invoices, noCheckpoint, 'broken.csv')).toMatchObject({
      rows: 4,
      rejected: 4,
    });
    expect(rejects('broken.csv.rejects.csv')[1]).toContain('is beside line 4, which cannot be read and may belong to the same invoice');
  });

  describe('where rows are ordered', () => {
    const ordered: Mapping = { ...invoices, order: { $column: 'invoice' } };
    const broken = (name = 'retail.csv.rejects.csv') =>
      rejects(name).filter((line) => line.includes('which cannot be read and may belong to the same invoice'));

    it('are rejected with a line that cannot be read and names them, and imported together when it is mended', async () => {
      const lines = [header, other, invoice[0]!, '1,cup', invoice[1]!];
      expect(await imported(lines, ordered)).toMatchObject({ rows: 4, rejected: 3, events: 2 });
      expect(broken()).toHaveLength(2);
      expect(broken()[0]).toContain('may lack line 4,');
      const corrected = rejects().map((line) => line.replace(/,1,cup(,*)$/, ',1,cup,1,2010-12-01,0.30,17850,UK'));
      const { appended, ...mended } = await imported(corrected, ordered, noCheckpoint, 'retail.csv.rejects.csv');
      expect(mended).toMatchObject({ rows: 3, rejected: 0 });
      expect(appended.flatMap(({ data }) => Object(data).amount ?? [])).toEqual([gbp(1620)]);
    });

    it.each([
      ['names none of them', 'cup,9'],
      ['names parts of their numbers only', '12,cup'],
      ['lost some bytes', '1,c\uFFFDp'],
    ])('are all rejected with a line that %s: it may belong to any', async (_, line) => {
      expect(await imported([header, other, line, ...invoice], ordered)).toMatchObject({ rows: 4, rejected: 4, events: 0 });
      expect(broken()).toHaveLength(3);
    });

    it('are rejected together where "order" separates them, and say how it would not', async () => {
      const byPieces: Mapping = { ...invoices, order: quantity };
      const separated = ['1,mug,1,2010-12-01,1.00,17850,UK', '2,pot,2,2010-12-01,5.00,13047,UK', '1,cup,3,2010-12-01,1.00,17850,UK'];
      expect(await imported([header, ...separated], byPieces)).toMatchObject({ rows: 3, rejected: 2, events: 2 });
      const advice =
        'is one of 2 rows of the same invoice, which ""order"" separates; begin ""order"" with the columns of ""group"" (invoice)';
      expect(rejects().slice(1)).toEqual([expect.stringContaining(advice), expect.stringContaining(advice)]);
      const invoiceFirst: Mapping = { ...invoices, order: [{ $column: 'invoice' }, quantity] };
      const { appended, ...tally } = await imported([header, ...separated], invoiceFirst, noCheckpoint, 'whole.csv');
      expect(tally).toMatchObject({ rows: 3, rejected: 0 });
      expect(appended.flatMap(({ data }) => Object(data).amount ?? [])).toEqual([gbp(400), gbp(1000)]);
    });

    it('may have a value of quotes or backslashes only', async () => {
      const lines = [header, other, invoice[0]!.replace('1', '\\'), 'cup,"9'];
      expect(await imported(lines, ordered)).toMatchObject({ rows: 3, rejected: 3, events: 0 });
    });

    it.each([
      ['lacks its invoice, and another one has the number that is its quantity', 'cup,1,2010-12-01,4.00,17850,UK'],
      ['is torn, and another one has the number that is its quantity', '"3,cup,1,2010-12-01,4.00,17850,UK'],
    ])('are all rejected with a line that %s', async (_, line) => {
      const third = '3,pot,1,2010-12-01,5.00,17850,UK';
      expect(await imported([header, ...invoice, third, line], ordered)).toMatchObject({ rows: 4, rejected: 4, events: 0 });
      expect(broken()).toHaveLength(3);
    });

    it('are the only ones rejected with a line that has too many fields, or is torn and has a number that nothing else is', async () => {
      const long = invoice.map((line) => line.replace(/^1,/, '536365,'));
      expect(await imported([header, ...invoice, other, '2,cu,p,1,2010-12-01,4.00,17850,UK'], ordered)).toMatchObject({ rejected: 2 });
      const torn = [header, other, ...long, '"536365,cup,9'];
      expect(await imported(torn, ordered, noCheckpoint, 'torn.csv')).toMatchObject({ rows: 4, rejected: 3, events: 2 });
    });

    it('are not rejected with a broken line of a credit note, or of a row without an invoice', async () => {
      const sale = { ...invoices.commands[1]!, when: { not: { column: 'invoice', matches: '^(C|$)' } } };
      const mapping: Mapping = { ...ordered, commands: [register, sale, rows.commands[2]!] };
      const file = [header, ...invoice, 'C2,mug,-1,2010-12-05,2.55,17850,UK', 'C2,mug', ',fee,1,2010-12-05,2.55,17850,UK', ',fee', other];
      expect(await imported(file, mapping)).toMatchObject({ rows: 7, rejected: 2 });
      expect(broken()).toHaveLength(0);
      const first = [header, 'C2,mug', ...invoice, 'C2,mug,-1,2010-12-05,2.55,17850,UK'];
      expect(await imported(first, mapping, noCheckpoint, 'first.csv')).toMatchObject({ rows: 4, rejected: 1 });
    });

    it('are not rejected with a line of CSV for a backslash before a u, which in JSON may be any character', async () => {
      const line = '2,DOMAIN\\ulrich';
      expect(await imported([header, ...invoice, line], ordered)).toMatchObject({ rejected: 3 });
      expect(await imported([header, ...invoice, other, line], ordered, noCheckpoint, 'named.csv')).toMatchObject({ rows: 4, rejected: 2 });
      const json = (given: string) => {
        const names = header.split(',');
        return JSON.stringify(Object.fromEntries(given.split(',').map((value, at) => [names[at], value])));
      };
      const lines = [...[other, ...invoice].map((one) => json(one.replace(/^1,/, '536365,'))), '{"invoice":"536365","item":"\\u0063'];
      const mapping: Mapping = { ...ordered, source: { format: 'ndjson' } };
      expect(await imported(lines, mapping, noCheckpoint, 'lines.ndjson')).toMatchObject({ rows: 4, rejected: 4 });
      const plain = lines.map((one) => one.replace('\\u0063', 'c'));
      expect(await imported(plain, mapping, noCheckpoint, 'plain.ndjson')).toMatchObject({ rows: 4, rejected: 3 });
    });

    it('are all rejected with more than 200 lines that cannot be read', async () => {
      const lines = (count: number) => [header, ...invoice, other, ...Array.from({ length: count }, () => '2,cup')];
      expect(await imported(lines(200), ordered)).toMatchObject({ rejected: 201 });
      expect(await imported(lines(201), ordered, noCheckpoint, 'more.csv')).toMatchObject({ rejected: 204 });
    });

    it('are rejected together where one of them lacks what they are ordered by', async () => {
      const byDay: Mapping = { ...invoices, order: [{ $column: 'day' }, { $column: 'invoice' }] };
      const lines = [header, invoice[0]!, invoice[1]!.replace('2010-12-01', ''), other];
      expect(await imported(lines, byDay)).toMatchObject({ rows: 3, rejected: 2, events: 2 });
      expect(rejects()[1]).toContain('of which some have no value of ""order""');
    });
  });

  it('do not include rows without a value in these columns', async () => {
    const lines = ['', '', 'NULL', 'NULL'].map((invoice, at) => `${invoice},mug,1,2010-12-01,${at + 1}.00,17850,UK`);
    const { appended } = await imported([header, ...lines], {
      ...invoices,
      source: { format: 'csv', missing: ['NULL'] },
      commands: [
        register,
        { ...invoices.commands[1]!, body: { purchaseId: { $row: 'p' }, item: 'x', quantity: 1, amount: { $sum: price } } },
      ],
    });
    expect(appended.map(({ data }) => Object(data).amount?.minor)).toEqual([undefined, 100, 200, 300, 400]);
  });
});

describe('a row without a value in the columns that identify it', () => {
  it('is rejected, and is not another one of them', async () => {
    const purchase = (invoice: string, item = '') => `${invoice},${item},1,2010-12-01,1.00,17850,UK`;
    const mapping: Mapping = { ...rows, source: { format: 'csv', missing: ['NULL'] }, dedupe: ['invoice', 'item'] };
    const lines = [purchase(''), purchase('NULL'), purchase(' ', 'NULL'), purchase('', 'mug'), purchase('1', 'mug')];
    const { appended, rejected } = await imported([header, ...lines], mapping);
    expect({ rejected, purchases: appended.filter(({ type }) => type === 'purchase-recorded').length }).toEqual({
      rejected: 3,
      purchases: 2,
    });
    expect(rejects()[1]).toContain('nothing identifies it: invoice, item (dedupe) are empty');
  });

  it('is no matter where it has no command', async () => {
    const mapping: Mapping = {
      ...rows,
      dedupe: ['invoice'],
      commands: rows.commands.map((one) => ({ ...one, when: { not: { column: 'invoice', empty: true } } })),
    };
    expect(await imported([header, ',,,,,,', ',,,,,,'], mapping)).toMatchObject({ rows: 2, rejected: 0, idle: 2 });
  });
});
