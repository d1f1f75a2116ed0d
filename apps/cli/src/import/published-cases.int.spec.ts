import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { prepareImport } from './import-file.js';
import { loadMapping } from './mapping/load-mapping.js';
import { type InMemorySink, inMemorySink } from './memory/in-memory-sink.js';
import { noCheckpoint } from './run/import-checkpoint.js';

/** Small files that were imported wrongly: those of ../shared/cases where they lie, and the same kind of file here. */
const published = path.resolve('../shared/cases');

let folder: string;
let sink: InMemorySink;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-cases-'));
  sink = await inMemorySink();
});
afterEach(async () => {
  await sink.close();
  rmSync(folder, { recursive: true });
});

interface Case {
  readonly csv: Readonly<Record<string, string>>;
  /** By name, where there are several. */
  readonly mapping: Readonly<Record<string, object>>;
}

async function imported(csv: string, mapping: string) {
  const mappingPath = path.join(folder, mapping);
  const options = { dryRun: false, mappingPath, lookups: new Map() };
  const prepared = await prepareImport(path.join(folder, csv), await loadMapping(mappingPath), options);
  const before = (await sink.domainEvents()).length;
  const { tally } = await prepared.run(sink, noCheckpoint, { signal: new AbortController().signal, onProgress: () => {} });
  const rejects = path.join(folder, `${csv}.rejects.csv`);
  const data = (await sink.domainEvents()).slice(before).map(({ type, data: of }) => ({ type, ...(of as object) }));
  return { rows: tally.rows, rejected: tally.rejected, events: data, rejects: existsSync(rejects) ? readFileSync(rejects, 'utf8') : '' };
}

const customer = { command: 'register-customer', once: true, target: { $id: 'customer', of: 'id' } };
const person = { ...customer, body: { kind: 'person' } };
const csv = { format: 'csv' };
const at = { $date: { $column: 'at' } };
const named = (column: string) => ({
  ...customer,
  target: { $id: 'customer', of: column },
  body: { kind: 'person', displayName: { $column: column } },
});
const assignment = {
  system: 'tie',
  source: csv,
  occurredAt: at,
  commands: [
    { command: 'register-curator', once: true, target: { $id: 'agent', of: 'agent' }, body: { displayName: { $column: 'agent' } } },
    named('customer'),
    {
      command: 'assign-curator',
      target: { $id: 'customer', of: 'customer' },
      body: { curatorId: { $id: 'agent', of: 'agent' } },
      tolerate: ['curator-already-assigned'],
    },
  ],
};
const birth = (system: string, birthDate: object) => ({
  system,
  source: csv,
  commands: [{ ...customer, body: { kind: 'person', profile: { person: { birthDate } } } }],
});
const purchase = {
  command: 'record-purchase',
  target: { $id: 'customer', of: 'id' },
  body: { purchaseId: { $row: 'p' }, item: 'x', quantity: 1, amount: { $money: { $column: 'amount' }, currency: 'EUR' } },
};
const dealId = { $id: 'deal', of: 'deal' };
const ofDeal = { target: { $id: 'customer', of: 'deal' } };
const when = (what: string) => ({ column: 'what', equals: what });

const inline: Readonly<Record<string, Case>> = {
  '01-birthdate': {
    csv: { '01-birthdate.csv': 'id,birth\n1,31182\n2,0000-00-00\n3,1985-05-15\n' },
    mapping: {
      '01-a-text.mapping.json': birth('m01', { $column: 'birth' }),
      '01-b-date.mapping.json': birth('m01b', { $date: { $column: 'birth' }, zone: 'Europe/Berlin' }),
    },
  },
  '02-two-orders': {
    csv: { '02-two-orders.csv': 'id,when\n1,03/08/2025\n2,26/06/2025\n' },
    mapping: {
      '02-two-orders.mapping.json': {
        system: 'm02',
        source: csv,
        occurredAt: { $date: { $column: 'when' }, format: ['MM/dd/yyyy', 'dd/MM/yyyy'] },
        commands: [person],
      },
    },
  },
  '04-two-quotes': {
    csv: { '04-two-quotes.csv': 'id,note,city\n1,"a,X\n2,b,Y\n3,c",Z\n' },
    mapping: {
      '04-two-quotes.mapping.json': {
        system: 'm04',
        source: csv,
        commands: [
          { ...customer, body: { kind: 'person', profile: { attributes: { note: { $column: 'note' }, city: { $column: 'city' } } } } },
        ],
      },
    },
  },
  '06-round-thousands': {
    csv: { '06-round-thousands.csv': 'id,amount\n1,1.200\n2,15.000\n' },
    mapping: { '06-round-thousands.mapping.json': { system: 'm06', source: csv, commands: [person, purchase] } },
  },
  '08-day': {
    csv: { '08-day1.csv': 'id,tier\n1,silver\n', '08-day2.csv': 'id,tier\n1,gold\n', '08-day3.csv': 'id,tier\n1,silver\n' },
    mapping: {
      '08.mapping.json': {
        system: 'm08',
        source: csv,
        dedupe: ['id', 'tier'],
        commands: [
          person,
          { command: 'record-profile', target: { $id: 'customer', of: 'id' }, body: { attributes: { tier: { $column: 'tier' } } } },
        ],
      },
    },
  },
  '12-no-email': {
    csv: { '12-no-email.csv': 'id,name,email,phone\n1,Bruno Beispiel,,+49 30 2312512\n' },
    mapping: {
      '12-no-email.mapping.json': {
        system: 'm12',
        source: csv,
        commands: [
          {
            ...customer,
            body: {
              kind: 'person',
              displayName: { $column: 'name' },
              identifiers: [
                { kind: 'email', value: { $column: 'email' } },
                { kind: 'phone', value: { $column: 'phone' } },
              ],
            },
          },
        ],
      },
    },
  },
  '29-import-again': {
    csv: { '29-import-again.csv': 'id,name\n1,Xenia\n' },
    mapping: {
      '29-import-again.mapping.json': {
        system: 'm29',
        source: csv,
        commands: [
          { ...customer, body: { kind: 'person', displayName: { $column: 'name' } } },
          { command: 'correct-details', target: { $id: 'customer', of: 'id' }, body: { field: 'displayName', to: { $column: 'name' } } },
        ],
      },
    },
  },
  '40-tie': {
    csv: { '40-tie.csv': 'at,customer,agent\n2020-01-01 10:00,c1,ann\n2020-01-02 10:00,c1,ann\n2020-01-02 10:00,c1,bea\n' },
    mapping: { '40-tie.mapping.json': { ...assignment, order: at } },
  },
  '41-stage': {
    csv: { '41-stage.csv': 'at,deal,what\n2020-01-01 10:00,d1,lead\n2020-01-02 10:00,d1,lead\n2020-01-03 10:00,d1,lost\n' },
    mapping: {
      '41-stage.mapping.json': {
        system: 'stage',
        source: csv,
        occurredAt: at,
        commands: [
          named('deal'),
          { command: 'open-deal', once: true, ...ofDeal, body: { dealId, stage: 'lead' } },
          { command: 'enter-stage', when: when('lead'), ...ofDeal, body: { dealId, stage: 'lead' } },
          { command: 'lose-deal', when: when('lost'), ...ofDeal, body: { dealId, reason: 'price' } },
        ],
      },
    },
  },
  '42-late': {
    csv: {
      '42-late-1.csv': 'at,customer,agent\n2020-01-01 10:00,c1,ann\n2020-01-03 10:00,c1,ann\n',
      '42-late-2.csv': 'at,customer,agent\n2020-01-02 10:00,c1,bea\n',
    },
    mapping: { '40-tie.mapping.json': assignment },
  },
};

const writers: readonly (readonly [string, (name: string) => void, boolean])[] = [
  [
    'of this file',
    (name) => {
      for (const [file, text] of Object.entries(inline[name]!.csv)) writeFileSync(path.join(folder, file), text);
      for (const [file, json] of Object.entries(inline[name]!.mapping)) writeFileSync(path.join(folder, file), JSON.stringify(json));
    },
    true,
  ],
  [
    'of ../shared/cases',
    (name) => {
      for (const file of readdirSync(published).filter((each) => /^(01|02|04|06|08|12-no|29-i|40|41|42).*(csv|json)$/.test(each)))
        copyFileSync(path.join(published, file), path.join(folder, file));
      if (name !== '42-late') return;
      const { order: _, ...unordered } = JSON.parse(readFileSync(path.join(folder, '40-tie.mapping.json'), 'utf8'));
      writeFileSync(path.join(folder, '40-tie.mapping.json'), JSON.stringify(unordered), { mode: 0o600, flag: 'w' });
    },
    existsSync(published),
  ],
];

describe.each(writers)('the cases %s', (_, write, there) => {
  const test = there ? it : it.skip;

  test('01: a birth date is a calendar date, and is never moved', async () => {
    write('01-birthdate');
    const asText = await imported('01-birthdate.csv', '01-a-text.mapping.json');
    expect(asText).toMatchObject({ rows: 3, rejected: 2 });
    expect(asText.events).toContainEqual(
      expect.objectContaining({ type: 'customer-profile-recorded', person: { birthDate: '1985-05-15' } }),
    );
    for (const text of ['31182', '0000-00-00']) expect(asText.rejects).toMatch(new RegExp(`birth-date-impossible.*,${text}$`, 'm'));
    expect(await imported('01-birthdate.csv', '01-b-date.mapping.json')).toMatchObject({ rejected: 3, events: [] });
  });

  test('02: a date that may be in either order is rejected as ambiguous', async () => {
    write('02-two-orders');
    const { rejected, events, rejects } = await imported('02-two-orders.csv', '02-two-orders.mapping.json');
    expect({ rejected, events: events.map(({ type }) => type) }).toEqual({ rejected: 1, events: ['customer-registered'] });
    expect(rejects).toMatch(/csv,2,"""03\/08\/2025"" is ambiguous: 2025-03-08.* in the format MM\/dd\/yyyy, 2025-08-03/);
    expect((await sink.domainEvents()).map(({ occurredAt }) => occurredAt)).toEqual(['2025-06-26T00:00:00.000Z']);
  });

  test('04: rows between two stray quotes are rejected with their lines', async () => {
    write('04-two-quotes');
    const { rejected, events, rejects } = await imported('04-two-quotes.csv', '04-two-quotes.mapping.json');
    expect({ rejected, events }).toEqual({ rejected: 1, events: [] });
    expect(rejects).toMatch(/csv,2,"is one row of the lines 2 to 4, which look like rows of their own/);
    expect(rejects).toContain('"1,""a,X\n2,b,Y\n3,c"",Z"');
    const mapping = JSON.parse(readFileSync(path.join(folder, '04-two-quotes.mapping.json'), 'utf8'));
    const other = { ...mapping, source: { ...mapping.source, multiline: true } };
    writeFileSync(path.join(folder, 'other.json'), JSON.stringify(other));
    expect(await imported('04-two-quotes.csv', 'other.json')).toMatchObject({ rows: 1, rejected: 0 });
    writeFileSync(path.join(folder, 'letters.csv'), 'id,note,city\n1,"Dear Sir,\nthank you.\nAnn",X\n');
    expect(await imported('letters.csv', '04-two-quotes.mapping.json')).toMatchObject({ rows: 1, rejected: 0 });
  });

  test('06: digits beyond those of the currency are rejected, zeros too', async () => {
    write('06-round-thousands');
    const { rejected, events, rejects } = await imported('06-round-thousands.csv', '06-round-thousands.mapping.json');
    expect({ rejected, events }).toEqual({ rejected: 2, events: [] });
    for (const text of ['1.200', '15.000']) expect(rejects).toContain(`""${text}"" has more than the 2 decimal digits of EUR`);
  });

  test('08: silver, gold, silver ends at silver', async () => {
    write('08-day');
    const tiers: unknown[] = [];
    for (const day of [1, 2, 3, 3]) {
      const { rejected, events } = await imported(`08-day${day}.csv`, '08.mapping.json');
      tiers.push(
        rejected,
        ...events.filter(({ type }) => type === 'customer-profile-recorded').map((event) => Object(event).attributes.tier),
      );
    }
    expect(tiers).toEqual([0, 'silver', 0, 'gold', 0, 'silver', 0]);
  });

  test('12: a person with one address is registered with it', async () => {
    write('12-no-email');
    const { rejected, events } = await imported('12-no-email.csv', '12-no-email.mapping.json');
    expect({ rejected, kinds: events.flatMap((event) => Object(event).identifiers ?? Object(event).kind ?? []) }).toMatchObject({
      rejected: 0,
    });
    expect(JSON.stringify(events)).toContain('+49 30 2312512');
    expect(JSON.stringify(events)).not.toContain('email');
  });

  test.each([
    ['29-import-again', 1],
    ['40-tie', 6],
    ['41-stage', 3],
  ])('%s: the second import of the file appends nothing', async (name, count) => {
    write(name);
    const again = () => imported(`${name}.csv`, `${name}.mapping.json`);
    const first = await again();
    expect({ rejected: first.rejected, count: first.events.length }).toEqual({ rejected: 0, count });
    expect(await again()).toMatchObject({ rejected: 0, events: [] });
  });

  test('42: who is responsible in between is so until the next day on which the file says something else', async () => {
    write('42-late');
    for (const file of ['42-late-1.csv', '42-late-2.csv'])
      expect(await imported(file, '40-tie.mapping.json')).toMatchObject({ rejected: 0 });
    const assigned = (await sink.domainEvents()).filter(({ type }) => type === 'curator-assigned');
    const agents = new Map(
      (await sink.domainEvents())
        .filter(({ type }) => type === 'curator-registered')
        .map(({ data }) => [Object(data).curatorId, Object(data).displayName]),
    );
    const inOrder = assigned.toSorted((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1));
    expect(inOrder.map(({ occurredAt, data }) => `${occurredAt.slice(0, 10)} ${agents.get(Object(data).curatorId)}`)).toEqual([
      '2020-01-01 ann',
      '2020-01-02 bea',
      '2020-01-03 ann',
    ]);
  });
});
