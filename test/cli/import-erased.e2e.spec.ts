import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSubjectKeyStore, readConfiguration } from '#platform';
import { call } from '../api/test-api.js';
import { leadsMapping, type StoredEvent, type Workplace, workplace } from './letopis.js';
import { type Serving, serve } from './server.js';

let place: Workplace;
let server: Serving;
/** Of another supervisor. */
let second: string;
beforeEach(async () => {
  place = workplace();
  place.file('leads.json', JSON.stringify(leadsMapping));
  second = (await place.run('keys', 'create', '--role', 'supervisor', '--actor', 'second')).stdout.trim();
  server = await serve(place, { PROCESSES: 'embedded' });
});
afterEach(async () => {
  await server.stop();
  place.remove();
});

const HEAD = 'email,name,day,item,amount';
const REJECTED =
  /record-purchase was rejected \(customer-erased\): The customer was erased at \d{4}-[^,]+Z\.(?:,|; this row was rejected when the file was imported before)/;

const args = (file: string) => ['import', file, '-m', 'leads.json', '--json'] as const;
const imported = async (file: string, there: readonly string[] = server.there) => {
  const { code, stdout } = await place.run(...args(file), ...there);
  return { code, ...JSON.parse(stdout) };
};
const get = async (path: string) => (await call(server.url + path, { key: server.key })).body;
const idOf = async (name: string): Promise<string> => {
  for (;;) {
    const { events }: { readonly events: readonly StoredEvent[] } = await get('/events?types=customer-registered&limit=1000');
    const found = events.find(({ data }) => data.displayName === name);
    if (found) return found.stream.replace('relationship-', '');
  }
};
const confirmErasure = async (customerId: string) => {
  await call(`${server.url}/customers/${customerId}/erasure`, { key: server.key, body: {} });
  await call(`${server.url}/customers/${customerId}/erasure/confirm`, { key: second, body: {} });
};
const reach = async (customerId: string, ...statuses: readonly string[]) => {
  for (;;) {
    const erasure = await get(`/customers/${customerId}/erasure`);
    if (statuses.includes(erasure.status)) return erasure;
    await sleep(50);
  }
};
const eventsOf = async (customerId: string) => (await place.events()).filter(({ stream }) => stream === `relationship-${customerId}`);

describe('an import with rows of a customer who was erased', () => {
  it('rejects those that are new with the reason, applies all others, and appends nothing for the erased one', async () => {
    place.file('first.csv', `${HEAD}\na@x.org,Anna,2024-01-15,tea,12.50\nb@x.org,Boris,2024-01-16,tea,1\n`);
    expect(await imported('first.csv')).toMatchObject({ code: 0, rejected: 0 });
    const boris = await idOf('Boris');
    await confirmErasure(boris);
    await reach(boris, 'erased', 'completed');

    // Each of its commands was executed before.
    expect(await imported('first.csv')).toMatchObject({ code: 0, eventsAppended: 0, alreadyThere: 4, rejected: 0 });
    place.file('second.csv', `${HEAD}\nb@x.org,Boris,2024-02-16,coffee,1\na@x.org,Anna,2024-02-15,coffee,12.50\n`);
    expect(await imported('second.csv')).toMatchObject({ code: 1, eventsAppended: 1, rejected: 1, partlyApplied: 0 });
    const [, row, ...more] = place.read('second.csv.rejects.csv').trim().split('\n');
    expect([row, more]).toEqual([expect.stringMatching(REJECTED), []]);
    for (const file of ['second.csv.rejects.csv', 'second.csv'])
      expect(await imported(file)).toMatchObject({ code: 1, eventsAppended: 0, rejected: 1 });

    await reach(boris, 'completed');
    await server.stop();
    place.file('third.csv', `${HEAD}\nb@x.org,Boris,2024-03-16,milk,1\na@x.org,Anna,2024-03-15,milk,2\n`);
    expect(await imported('third.csv', [])).toMatchObject({ code: 1, eventsAppended: 1, rejected: 1 });
    expect(place.read('third.csv.rejects.csv')).toMatch(REJECTED);
    const events = await eventsOf(boris);
    expect(events.map(({ type }) => type).slice(-2)).toEqual(['customer-erased', 'erasure-completed']);
    expect(JSON.stringify(events)).not.toMatch(/Boris|b@x\.org/);
  });

  it('skips them where the mapping tolerates that', async () => {
    const [register, purchase] = leadsMapping.commands;
    const tolerate = ['customer-erased'];
    const commands = [
      { ...register, tolerate },
      { ...purchase, tolerate },
    ];
    place.file('leads.json', JSON.stringify({ ...leadsMapping, commands }));
    place.file('first.csv', `${HEAD}\nb@x.org,Boris,2024-01-16,tea,1\n`);
    await imported('first.csv');
    const boris = await idOf('Boris');
    await confirmErasure(boris);
    await reach(boris, 'erased', 'completed');
    place.file('second.csv', `${HEAD}\nb@x.org,Boris,2024-02-16,coffee,1\n`);
    expect(await imported('second.csv')).toMatchObject({ code: 0, eventsAppended: 0, rejected: 0, unchanged: 1 });
  });
});

/** An import under way. */
function started(file: string) {
  const child = place.start({}, ...args(file), ...server.there);
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.resume();
  const ended = new Promise<{ readonly code: number | null; readonly stdout: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout })),
  );
  return { child, ended };
}

describe('an erasure while an import runs', () => {
  /** LETOPIS_ROWS takes more. */
  const ROWS = Number(process.env.LETOPIS_ROWS ?? 1_600);
  const OTHERS = 6;
  /** Every fourth row is of the one who is erased. */
  const isOfBoris = (row: number) => row % 4 === 0;
  const rows = Array.from({ length: ROWS }, (_, row) =>
    isOfBoris(row) ? `b@x.org,Boris,2024-01-16,tea ${row},1` : `o${row % OTHERS}@x.org,Olga ${row % OTHERS},2024-01-16,tea ${row},1`,
  );
  const ofBoris = rows.filter((_, row) => isOfBoris(row)).length;

  it.each([
    ['is carried out before the import goes on', 'first'],
    ['is carried out beside it, while it is killed and started again', 'killed'],
  ])('%s, and everything of the customer is rejected from then on', async (_, how) => {
    place.file('many.csv', `${[HEAD, ...rows].join('\n')}\n`);
    let { child, ended } = started('many.csv');
    const boris = await idOf('Boris');
    child.kill('SIGSTOP');
    await confirmErasure(boris);
    if (how === 'first') await reach(boris, 'erased', 'completed');
    child.kill('SIGCONT');
    for (let kills = how === 'killed' ? 2 : 0; kills > 0; kills--) {
      await sleep(Math.random() * 1_500);
      child.kill('SIGKILL');
      await ended;
      ({ child, ended } = started('many.csv'));
    }
    const { code, stdout } = await ended;
    const { certificate } = await reach(boris, 'completed');
    await server.stop();

    const events = await eventsOf(boris);
    const types = events.map(({ type }) => type);
    expect(types.slice(types.indexOf('customer-erased'))).toEqual(['customer-erased', 'erasure-completed']);
    const applied = types.filter((type) => type === 'purchase-recorded').length;
    const { rejected, rows: read } = JSON.parse(stdout);
    expect({ code, read, rejected }).toEqual({ code: rejected > 0 ? 1 : 0, read: ROWS, rejected: ofBoris - applied });
    if (how === 'first') expect(rejected).toBeGreaterThan(0);
    const lines = rejected > 0 ? place.read('many.csv.rejects.csv').trim().split('\n').slice(1) : [];
    expect(lines).toEqual(Array.from({ length: rejected }, () => expect.stringMatching(REJECTED)));
    const purchases = (await place.events()).filter(({ type }) => type === 'purchase-recorded');
    expect(purchases.length - applied).toBe(ROWS - ofBoris);
    expect(JSON.stringify(events)).not.toMatch(/Boris|b@x\.org/);
    const keys = await openSubjectKeyStore(readConfiguration({ LETOPIS_DATA: `${place.folder}/data` }).subjectKeys);
    expect((await keys.find([`relationship-${boris}`])).get(`relationship-${boris}`)?.kind).toBe('erased');
    await keys.close();
    expect(certificate.places).toContainEqual(
      expect.objectContaining({
        place: 'rejected-rows',
        outcome: 'kept',
        detail: expect.stringContaining('imports shop may have written'),
      }),
    );

    // Again, without the server: what was rejected stays so, and nothing else is done.
    expect(await imported('many.csv', [])).toMatchObject({ code: rejected > 0 ? 1 : 0, eventsAppended: 0, rejected });
  });
});
