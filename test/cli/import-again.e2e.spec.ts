import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type StoredEvent, type Workplace, workplace } from './letopis.js';
import { ready, type Serving, serve } from './server.js';

const register = {
  command: 'register-customer',
  once: true,
  target: { $id: 'customer', of: 'id' },
  body: { kind: 'person', displayName: { $template: 'Customer {id}' } },
};
const tiers = {
  system: 'tiers',
  source: { format: 'csv' },
  dedupe: ['id', 'tier'],
  commands: [
    register,
    { command: 'record-profile', target: { $id: 'customer', of: 'id' }, body: { attributes: { tier: { $column: 'tier' } } } },
  ],
};
const names = {
  system: 'names',
  source: { format: 'csv' },
  commands: [
    { ...register, body: { kind: 'person', displayName: { $column: 'name' } } },
    {
      command: 'correct-details',
      target: { $id: 'customer', of: 'id' },
      body: { field: 'displayName', to: { $column: 'name' } },
    },
  ],
};
const at = { $date: { $column: 'at' } };
const agents = {
  system: 'agents',
  source: { format: 'csv' },
  occurredAt: at,
  commands: [
    { command: 'register-curator', once: true, target: { $id: 'agent', of: 'agent' }, body: { displayName: { $column: 'agent' } } },
    {
      command: 'register-customer',
      once: true,
      target: { $id: 'customer', of: 'customer' },
      body: { kind: 'person', displayName: { $column: 'customer' } },
    },
    {
      command: 'assign-curator',
      target: { $id: 'customer', of: 'customer' },
      body: { curatorId: { $id: 'agent', of: 'agent' } },
      tolerate: ['curator-already-assigned'],
    },
  ],
};
const target = { $id: 'customer', of: 'deal' };
const dealId = { $id: 'deal', of: 'deal' };
const stages = {
  system: 'stages',
  source: { format: 'csv' },
  occurredAt: at,
  commands: [
    { command: 'register-customer', once: true, target, body: { kind: 'person', displayName: { $column: 'deal' } } },
    { command: 'open-deal', once: true, target, body: { dealId, stage: 'lead' } },
    { command: 'enter-stage', when: { column: 'what', equals: 'lead' }, target, body: { dealId, stage: 'lead' } },
    { command: 'lose-deal', when: { column: 'what', equals: 'lost' }, target, body: { dealId, reason: 'price' } },
  ],
};

const qualified = { when: { column: 'what', equals: 'qualified' }, body: { dealId, stage: 'qualified' } };

const card = (name: string, title: string) =>
  ['BEGIN:VCARD', 'VERSION:3.0', 'UID:anna', `FN:${name}`, `TITLE:${title}`, 'END:VCARD', ''].join('\r\n');

/** Where an import can go. */
const ways: readonly [way: string, there: (place: Workplace) => Promise<Serving | undefined>][] = [
  ['on the data folder', async () => undefined],
  ['through a server', async (place) => ready(await serve(place))],
];

describe.each(ways)('an import %s', (_, start) => {
  let place: Workplace;
  let server: Serving | undefined;
  beforeAll(async () => {
    place = workplace();
    server = await start(place);
  });
  afterAll(async () => {
    await server?.stop();
    place.remove();
  });

  const there = () => server?.there ?? [];
  async function run(...args: readonly string[]) {
    const { code, stdout, stderr } = await place.run(...args, '--json', ...there());
    expect(stderr.replace('the running projectors update the views\n', '')).toBe('');
    return { code, ...(JSON.parse(stdout) as Record<'eventsAppended' | 'alreadyThere' | 'unchanged' | 'rejected' | 'rows', number>) };
  }
  const importRows = (mapping: object, file: string, ...rows: readonly string[]) => {
    place.file(file, `${rows.join('\n')}\n`);
    place.file('mapping.json', JSON.stringify(mapping));
    return run('import', file, '-m', 'mapping.json');
  };
  const dataOf = async (system: string, type: string) =>
    (await place.domainEvents()).filter((event) => event.source?.system === system && event.type === type).map(({ data }) => data);

  async function assignments(system: string) {
    const names = new Map((await dataOf(system, 'curator-registered')).map(({ curatorId, displayName }) => [curatorId, displayName]));
    return (await dataOf(system, 'curator-assigned')).map(
      ({ curatorId, from }) => `${names.get(curatorId)} from ${String(from).slice(0, 10)}`,
    );
  }

  it('of a file sets what it says, also where an earlier file said the same', async () => {
    const day = (number: number, tier: string) => importRows(tiers, `day${number}.csv`, 'id,tier', `1,${tier}`);
    expect(await day(1, 'silver')).toMatchObject({ code: 0, eventsAppended: 2 });
    expect(await day(2, 'gold')).toMatchObject({ code: 0, eventsAppended: 1 });
    expect(await day(3, 'silver')).toMatchObject({ code: 0, eventsAppended: 1 });
    expect(await day(3, 'silver')).toMatchObject({ code: 0, eventsAppended: 0, rejected: 0 });
    expect((await dataOf('tiers', 'customer-profile-recorded')).map(({ attributes }) => (attributes as { tier: string }).tier)).toEqual([
      'silver',
      'gold',
      'silver',
    ]);
  });

  it('of cards ends with the state of the card that came last', async () => {
    const book = async (name: string, title: string) => {
      place.file('book.vcf', card(name, title));
      return run('vcard', 'book.vcf');
    };
    expect(await book('Anna Alt', 'Assistant')).toMatchObject({ code: 0, eventsAppended: 2 });
    expect(await book('Anna Neu', 'Director')).toMatchObject({ code: 0, eventsAppended: 2 });
    expect(await book('Anna Alt', 'Assistant')).toMatchObject({ code: 0, eventsAppended: 2 });
    expect(await book('Anna Alt', 'Assistant')).toMatchObject({ code: 0, eventsAppended: 0, rejected: 0 });
    expect((await dataOf('vcard', 'customer-details-corrected')).map(({ to }) => to)).toEqual(['Anna Neu', 'Anna Alt']);
  });

  it('changes nothing when it comes again, whatever others changed meanwhile', async () => {
    const rows = ['id,name', '1,Xenia'];
    expect(await importRows(names, 'file.csv', ...rows)).toMatchObject({ code: 0, eventsAppended: 1, unchanged: 1 });
    const others = { ...names, description: 'What somebody else says.' };
    expect(await importRows(others, 'other.csv', 'id,name', '1,Yvonne')).toMatchObject({ eventsAppended: 1 });
    const before = await place.events();
    expect(await importRows(names, 'file.csv', ...rows)).toMatchObject({ code: 0, eventsAppended: 0, alreadyThere: 2, unchanged: 0 });
    expect(await importRows(names, 'renamed.csv', ...rows)).toMatchObject({ code: 0, eventsAppended: 0 });
    expect(await place.events()).toEqual(before);
    // A rehearsal recalls it too, also beside a server.
    place.file('mapping.json', JSON.stringify(names));
    const { stdout } = await place.run('import', 'file.csv', '-m', 'mapping.json', '--json', '--dry-run');
    expect(JSON.parse(stdout)).toMatchObject({ eventsAppended: 0, alreadyThere: 2, unchanged: 0 });
    const { stream = '' } = before.find(({ data }) => data.rows === '2:1-2') ?? {};
    expect((await place.run('events', stream)).stdout).toContain('"rows":"2:1-2"');
  });

  it('of curators at the same instant leaves the last one, also when it comes again', async () => {
    const rows = ['at,customer,agent', '2020-01-01 10:00,c1,ann', '2020-01-02 10:00,c1,ann', '2020-01-02 10:00,c1,bea'];
    await importRows({ ...agents, order: at }, 'tie.csv', ...rows);
    const before = await place.events();
    expect(await importRows({ ...agents, order: at }, 'tie.csv', ...rows)).toMatchObject({ code: 0, eventsAppended: 0, rejected: 0 });
    expect(await place.events()).toEqual(before);
    expect((await assignments('agents')).at(-1)).toBe('bea from 2020-01-02');
  });

  it('of a curator for a day that lies between the days of an earlier file leaves those as they are', async () => {
    const late = { ...agents, system: 'late' };
    const first = ['at,customer,agent', '2020-01-01 10:00,c1,ann', '2020-01-03 10:00,c1,ann'];
    await importRows(late, 'late-1.csv', ...first);
    await importRows(late, 'late-2.csv', 'at,customer,agent', '2020-01-02 10:00,c1,bea');
    expect(await assignments('late')).toEqual(['ann from 2020-01-01', 'ann from 2020-01-03', 'bea from 2020-01-02']);
  });

  it('remembers a stage that a deal had already, when the deal is lost by now', async () => {
    const rows = ['at,deal,what', '2020-01-01 10:00,d1,lead', '2020-01-02 10:00,d1,lead', '2020-01-03 10:00,d1,lost'];
    expect(await importRows(stages, 'stage.csv', ...rows)).toMatchObject({ code: 0, rejected: 0, unchanged: 2 });
    const before = await place.events();
    expect(await importRows(stages, 'stage.csv', ...rows)).toMatchObject({ code: 0, rejected: 0, eventsAppended: 0 });
    expect(await place.events()).toEqual(before);
  });

  it('takes what a growing export has more, and rejects a known row that says something else', async () => {
    const deals = { ...stages, system: 'growing', dedupe: ['deal', 'at'] };
    const row = (day: number, what: string) => `2020-01-0${day} 10:00,d1,${what}`;
    await importRows(deals, 'monday.csv', 'at,deal,what', row(1, 'lead'));
    const grown = await importRows(deals, 'tuesday.csv', 'at,deal,what', row(1, 'lead'), row(2, 'lead'), row(3, 'lost'));
    expect(grown).toMatchObject({ code: 0, eventsAppended: 1, rejected: 0, unchanged: 1 });
    // The lead of the first day was unchanged, and is remembered with what it said.
    const qualified = { dealId, stage: 'qualified' };
    const commands = stages.commands.map((command) => (command.command === 'enter-stage' ? { ...command, body: qualified } : command));
    const other = { ...deals, commands };
    const before = await place.domainEvents();
    expect(await importRows(other, 'monday.csv', 'at,deal,what', row(1, 'lead'))).toMatchObject({
      code: 1,
      eventsAppended: 0,
      rejected: 1,
    });
    expect(place.read('monday.csv.rejects.csv')).toContain('idempotency-conflict');
    expect(await place.domainEvents()).toEqual(before);
  });

  it('of many unchanged rows leaves a few events, and none in the streams of customers', async () => {
    const rows = Array.from({ length: 3_000 }, (_, id) => `${id},Name ${id}`);
    const many = { ...names, system: 'many' };
    await importRows(many, 'first.csv', 'id,name', ...rows);
    const before = await place.events();
    const again = await importRows(many, 'second.csv', 'id,name', ...rows, '3000,Last');
    expect(again).toMatchObject({ code: 0, eventsAppended: 1, unchanged: 3_001 });
    const appended = (await place.events()).slice(before.length);
    expect(appended.filter(({ stream }) => stream.startsWith('relationship-'))).toHaveLength(1);
    const remembered = appended.filter(({ type }) => type === 'import-rows-remembered');
    // One for every second that it took, where there is no need of more.
    expect(remembered.length).toBeLessThan(30);
    expect(await importRows(many, 'second.csv', 'id,name', ...rows, '3000,Last')).toMatchObject({ eventsAppended: 0, unchanged: 0 });
    expect(await place.events()).toHaveLength(before.length + appended.length);
  });

  it('of many unchanged rows of one customer leaves a few events too', async () => {
    const one = { ...names, system: 'one' };
    await importRows(one, 'first.csv', 'id,name', '1,Xenia');
    const before = (await place.events()).length;
    const rows = Array.from({ length: 3_001 }, () => '1,Xenia');
    expect(await importRows(one, 'second.csv', 'id,name', ...rows, '1,Yvonne')).toMatchObject({ eventsAppended: 1, unchanged: 3_001 });
    // One import began, one name changed, and all that came before it was remembered by then.
    const appended = (await place.events()).slice(before);
    expect(appended.length).toBeLessThan(20);
    expect(appended.at(-1)).toMatchObject({ type: 'customer-details-corrected' });
    expect(await importRows(one, 'second.csv', 'id,name', ...rows, '1,Yvonne')).toMatchObject({ eventsAppended: 0, unchanged: 0 });
  });

  it('rejects a row again that it rejected, whatever would be accepted by now, and tries it as one of its rejects file', async () => {
    const deals = { ...stages, system: 'closed', commands: [...stages.commands, { ...stages.commands[2]!, ...qualified }] };
    const rows = ['at,deal,what', '2020-01-01 10:00,d1,lost', '2020-01-02 10:00,d1,qualified'];
    const importDeals = () => importRows(deals, 'closed.csv', ...rows);
    expect(await importDeals()).toMatchObject({ code: 1, rejected: 1 });
    expect(place.read('closed.csv.rejects.csv')).toMatch(/^closed\.csv,3,enter-stage was rejected \(deal-closed\)/m);
    const reopening = { command: 'reopen-deal', target, body: { dealId } };
    await importRows({ ...stages, system: 'closed', commands: [reopening] }, 'reopen.csv', 'at,deal', '2020-01-01 11:00,d1');
    const before = await place.events();
    expect(await importDeals()).toMatchObject({ code: 1, rejected: 1, eventsAppended: 0 });
    expect(await place.events()).toEqual(before);
    const rejects = place.read('closed.csv.rejects.csv');
    expect(rejects).toMatch(
      /^closed\.csv,3,.*enter-stage was not executed: it would be accepted now; this row was rejected when the file/m,
    );
    expect(await importRows(deals, 'mended.csv', ...rejects.trimEnd().split('\n'))).toMatchObject({ code: 0, eventsAppended: 1 });
    // By now all of the file is done.
    expect(await importDeals()).toMatchObject({ code: 0, rejected: 0, eventsAppended: 0 });
  });

  it('appends nothing when events of its file were retracted or corrected since, and keeps that', async () => {
    const shop = {
      system: 'shop',
      source: { format: 'csv' },
      commands: [
        register,
        {
          command: 'record-purchase',
          target: { $id: 'customer', of: 'id' },
          body: { purchaseId: { $row: 'purchase' }, item: { $column: 'item' }, quantity: 1, amount: { minor: 100, currency: 'EUR' } },
        },
        { command: 'record-profile', target: { $id: 'customer', of: 'id' }, body: { attributes: { last: { $column: 'item' } } } },
      ],
    };
    const rows = ['id,item', '1,tea', '1,pot', '1,cup'];
    expect(await importRows(shop, 'shop.csv', ...rows)).toMatchObject({ code: 0, eventsAppended: 7 });
    const bought = (await place.domainEvents()).filter(({ source, type }) => source?.system === 'shop' && type === 'purchase-recorded');
    const profile = (await place.domainEvents()).findLast(({ type }) => type === 'customer-profile-recorded');
    const command = (name: string, more: object) => ({
      command: name,
      when: { column: 'what', equals: name },
      target: { $id: 'customer', of: 'id' },
      body: { eventId: { $column: 'event' }, reason: 'wrong', ...more },
    });
    const item = { $column: 'item' };
    const { quantity, amount } = bought[1]!.data;
    const corrections = {
      ...shop,
      commands: [
        command('retract-event', {}),
        command('correct-event', { data: { purchaseId: { $column: 'purchase' }, item, quantity, amount } }),
      ],
    };
    const corrected = [
      'id,what,event,purchase,item',
      `1,retract-event,${bought[0]!.id},,`,
      `1,correct-event,${bought[1]!.id},${bought[1]!.data.purchaseId},can`,
      `1,retract-event,${profile!.id},,`,
    ];
    expect(await importRows(corrections, 'corrections.csv', ...corrected)).toMatchObject({ code: 0, rejected: 0, eventsAppended: 4 });
    const before = await place.events();
    expect(await importRows(shop, 'shop.csv', ...rows)).toMatchObject({ code: 0, eventsAppended: 0, alreadyThere: 7, rejected: 0 });
    expect(await importRows(corrections, 'corrections.csv', ...corrected)).toMatchObject({ code: 0, eventsAppended: 0, rejected: 0 });
    expect(await place.events()).toEqual(before);
    // A growing export adds its new row and no more.
    expect(await importRows(shop, 'shop.csv', ...rows, '1,box')).toMatchObject({ code: 0, rejected: 0 });
    const items = (await dataOf('shop', 'purchase-recorded')).map(({ item }) => item);
    expect(items).toEqual(['tea', 'pot', 'cup', 'can', 'box']);
  });

  it('of mended rows is rejected before anything is appended where they are rows of another file than this chronicle has', async () => {
    const rows = ['id,tier', ',silver', '1,gold'];
    expect(await importRows({ ...tiers, system: 'foreign' }, 'foreign.csv', ...rows)).toMatchObject({ rejected: 1 });
    const rejects = place.read('foreign.csv.rejects.csv').replace(',,silver', ',1,silver');
    const before = await place.events();
    place.file('elsewhere.csv', rejects.replace(/(?<=,1-[0-9a-f]{8}-)[0-9a-f]{12}/, '0'.repeat(12)));
    const { code, stderr } = await place.run('import', 'elsewhere.csv', '-m', 'mapping.json', ...there());
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('import 1 of this mapping is of another file') });
    expect(await place.events()).toEqual(before);
    expect(await importRows({ ...tiers, system: 'foreign' }, 'here.csv', ...rejects.trimEnd().split('\n'))).toMatchObject({
      code: 0,
      eventsAppended: 1,
    });
  });
});

describe('two people under one UID of an address book', () => {
  it('are one customer and one rejected card', async () => {
    const place = workplace();
    place.file('book.vcf', card('Berta Erste', 'A') + card('Cem Zweiter', 'B'));
    const { code, stdout } = await place.run('vcard', 'book.vcf', '--json');
    const events: readonly StoredEvent[] = await place.events();
    const rejects = place.read('vcard.rejects.vcf');
    place.remove();
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 1, rows: 2, rejected: 1 });
    expect(events.filter(({ type }) => type === 'customer-registered').map(({ data }) => data.displayName)).toEqual(['Berta Erste']);
    expect(events.some(({ type }) => type === 'customer-details-corrected')).toBe(false);
    expect(rejects).toContain('FN:Cem Zweiter');
  });
});
