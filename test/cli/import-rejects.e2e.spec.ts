import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { leadsMapping, type Workplace, workplace } from './letopis.js';

let place: Workplace;
beforeEach(() => {
  place = workplace();
  place.file('leads.json', JSON.stringify(leadsMapping));
});
afterEach(() => place.remove());

const header = 'email,name,day,item,amount';
const importLeads = (file = 'leads.csv') => place.run('import', file, '-m', 'leads.json', '--json');

describe('rows that are rejected', () => {
  it('stand in the rejects file with line, reason and fields, in the order of the file', async () => {
    place.file(
      'leads.csv',
      Buffer.concat([
        Buffer.from(
          `${header}\na@x.org,A,2024-02-30,tea,1\nb@x.org,B,2024-01-01,tea,1.005\n,C,2024-01-01,tea,1\nd@x.org,D,2024-01-01\ne@x.org,"E,2024-01-01,tea,1\n`,
        ),
        Buffer.from('f@x.org,'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(',2024-01-01,tea,1\ng@x.org,G,2024-01-01,tea,1\n'),
      ]),
    );
    const { code, stdout, stderr } = await importLeads();
    expect(code).toBe(1);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ rows: 7, rejected: 6, partlyApplied: 0, rejects: 'leads.csv.rejects.csv' });
    const [head, ...rejects] = place.read('leads.csv.rejects.csv').trimEnd().split('\n');
    expect(head).toBe('letopis_file,letopis_line,letopis_reason,letopis_applied,letopis_import,email,name,day,item,amount');
    const expected = [
      [2, 'is not an existing date'],
      [3, 'has more than the 2 decimal digits of EUR'],
      [4, 'register-customer has no target'],
      [5, 'has 3 fields where the header has 5'],
      [6, 'opens a quote'],
      [7, 'not UTF-8: line 7, byte 9'],
    ] as const;
    for (const [index, [line, reason]] of expected.entries()) {
      expect(rejects[index]).toMatch(new RegExp(`^leads\\.csv,${line},`));
      expect(rejects[index]).toContain(reason);
    }
    expect(rejects).toHaveLength(6);
  });

  it('are applied when they are mended in the rejects file, under their old identity', async () => {
    place.file('leads.csv', `${header}\na@x.org,A,2024-02-30,tea,1\nb@x.org,B,2024-01-01,tea,1\n`);
    await importLeads();
    place.file('leads.csv.rejects.csv', place.read('leads.csv.rejects.csv').replace('2024-02-30,tea', '2024-02-29,tea'));
    const { code, stdout } = await importLeads('leads.csv.rejects.csv');
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, rows: 1, eventsAppended: 3, rejected: 0 });
    const purchases = (await place.events()).filter(({ type }) => type === 'purchase-recorded');
    expect(purchases.map(({ source }) => source?.id)).toEqual(['leads.csv:3#2', 'leads.csv:2#2']);
  });

  it('of a rehearsal have a file of their own: the one that is being mended stays where it is', async () => {
    place.file('leads.csv', `${header}\na@x.org,A,2024-02-30,tea,1\n`);
    place.file('leads.csv.rejects.csv', 'mended');
    for (let run = 1; run <= 2; run++) {
      const { stdout } = await place.run('import', 'leads.csv', '-m', 'leads.json', '--json', '--dry-run');
      expect(JSON.parse(stdout)).toMatchObject({ rejects: 'leads.csv.rejects.dry-run.csv' });
    }
    expect(place.read('leads.csv.rejects.csv')).toBe('mended');
    // Nothing of it is recorded, so it names no import.
    expect(place.read('leads.csv.rejects.dry-run.csv')).toMatch(/^leads\.csv,2,.*,none,a@x\.org,A,2024-02-30/m);
  });

  it('name the commands that were applied before one was rejected; the mended row issues the rest alone', async () => {
    const target = { $id: 'customer', of: 'email' };
    const opening = { command: 'open-deal', target, body: { dealId: { $row: 'deal' }, stage: { $column: 'name' } } };
    const [register] = leadsMapping.commands;
    place.file('leads.json', JSON.stringify({ ...leadsMapping, commands: [{ ...register, once: false }, opening] }));
    place.file('leads.csv', `${header}\na@x.org,nowhere,2024-01-01,,\n`);
    const first = await importLeads();
    expect(JSON.parse(first.stdout)).toMatchObject({ rejected: 1, partlyApplied: 1, eventsAppended: 2 });
    const rejects = place.read('leads.csv.rejects.csv');
    expect(rejects).toMatch(/open-deal was rejected \([a-z-]+\).*,register-customer,/);

    place.file(
      'leads.json',
      JSON.stringify({
        ...leadsMapping,
        commands: [
          { ...register, once: false },
          { ...opening, body: { ...opening.body, stage: 'lead' } },
        ],
      }),
    );
    const second = await importLeads('leads.csv.rejects.csv');
    expect({ code: second.code, ...JSON.parse(second.stdout) }).toMatchObject({ code: 0, alreadyThere: 1, eventsAppended: 1 });
  });

  it('are those of another file of the same name: a line is not given a second meaning, for this customer or another', async () => {
    place.file('leads.csv', `${header}\na@x.org,A,2024-01-01,tea,1\n`);
    await importLeads();
    place.file('leads.csv', `${header}\na@x.org,A,2024-01-01,tea,9\n`);
    expect(JSON.parse((await importLeads()).stdout)).toMatchObject({ rows: 1, rejected: 1, eventsAppended: 0 });
    place.file('leads.csv', `${header}\nb@x.org,B,2024-01-01,tea,1\na@x.org,A,2024-01-01,tea,2\n`);
    expect(JSON.parse((await importLeads()).stdout)).toMatchObject({ rows: 2, rejected: 1, partlyApplied: 1 });
    expect(place.read('leads.csv.rejects.csv')).toMatch(
      /^leads\.csv,2,.*record-purchase was rejected.*applied before for this line.*other content; rename.*,register-customer,3-[0-9a-f]{8}-[0-9a-f]{12},b@x\.org/m,
    );
    const purchases = (await place.events()).filter(({ type }) => type === 'purchase-recorded');
    expect(purchases.map(({ source }) => source?.id)).toEqual(['leads.csv:2#2', 'leads.csv:3#2']);
  });

  it('are rejected as a whole when the shape of a later command is wrong', async () => {
    const bad = { command: 'open-deal', target: { $id: 'customer', of: 'email' }, body: { dealId: { $row: 'deal' }, title: 1 } };
    place.file('leads.json', JSON.stringify({ ...leadsMapping, commands: [leadsMapping.commands[0], bad] }));
    place.file('leads.csv', `${header}\na@x.org,A,2024-01-01,,\n`);
    expect(JSON.parse((await importLeads()).stdout)).toMatchObject({ rejected: 1, partlyApplied: 0, eventsAppended: 0 });
    expect(place.read('leads.csv.rejects.csv')).toContain('open-deal: title must be a string');
  });

  it('with a value that the map does not know are rejected, kept or given a constant, as the mapping says', async () => {
    const [register, purchase] = leadsMapping.commands;
    const withMap = (otherwise: unknown) => {
      const item = { $column: 'item', map: { TeaX: 'Tea' }, otherwise };
      place.file(
        'leads.json',
        JSON.stringify({
          ...leadsMapping,
          system: `shop-${typeof otherwise === 'string' ? otherwise : 'constant'}`,
          commands: [register, { ...purchase, body: { ...purchase.body, item } }],
        }),
      );
    };
    place.file('leads.csv', `${header}\na@x.org,A,2024-01-01,TeaX,1\na@x.org,A,2024-01-02,Coffee,1\n`);
    const codes = [];
    for (const otherwise of ['reject', 'keep', { constant: 'other' }]) {
      withMap(otherwise);
      codes.push((await importLeads()).code);
      if (otherwise === 'reject')
        expect(place.read('leads.csv.rejects.csv')).toContain('"column item: ""Coffee"" is not one of the known values ""TeaX"""');
    }
    expect(codes).toEqual([1, 0, 0]);
    const items = (await place.events()).filter(({ type }) => type === 'purchase-recorded').map(({ data }) => data.item);
    expect(items).toEqual(['Tea', 'Tea', 'Coffee', 'Tea', 'other']);
    // What stood in the rejects file may have been mended by somebody.
    expect(place.read('leads.csv.rejects.csv.old')).toContain('Coffee');
  });
});
