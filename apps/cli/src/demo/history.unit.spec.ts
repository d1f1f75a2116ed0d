import { DAY, type PastCommand } from './company.js';
import { history } from './history.js';

const until = Date.UTC(2026, 10, 22);
const lived = (seed: number, customers: number): PastCommand[] => [...history({ seed, customers, until })];

describe('the history of the demo company', () => {
  const commands = lived(7, 300);

  it('is the same for the same seed and another for another', () => {
    expect(lived(7, 300)).toEqual(commands);
    expect(lived(8, 300).length).not.toBe(commands.length);
  });

  it('is told in order of time, over three years, and ends at the present', () => {
    const instants = commands.map(({ at }) => at);
    expect(instants).toEqual([...instants].sort((one, other) => one - other));
    const known = commands.filter(({ name }) => name === 'register-customer');
    expect(known).toHaveLength(300);
    expect((known.at(-1)?.at ?? 0) - (known[0]?.at ?? 0)).toBeGreaterThan(2.5 * 365 * DAY);
    expect(instants.at(-1)).toBeLessThan(until);
  });

  it('is the same when told share by share, but for the order of what was said at one instant', () => {
    const ofCustomers = (of: readonly PastCommand[]) => of.filter(({ target }) => target.customerId !== undefined).map(({ key }) => key);
    const shares = [0, 1, 2].flatMap((index) => [...history({ seed: 7, customers: 300, until, share: { index, of: 3 } })]);
    expect(ofCustomers(shares).sort()).toEqual(ofCustomers(commands).sort());
  });

  it('gives every command a key of its own', () => {
    expect(new Set(commands.map(({ key }) => key)).size).toBe(commands.length);
  });

  it('never ties an id to a person', () => {
    const ids = new Set(commands.flatMap(({ target }) => Object.values(target)));
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  // Curators leave at the hour of the present; at the second one a customer came half an hour before.
  it.each([until, 1_796_125_405_095])('has curators who leave, and a successor for every customer of theirs, told at %s', (until) => {
    const commands = [...history({ seed: 7, customers: 400, until })];
    const left = commands.filter(({ name }) => name === 'depart-curator');
    expect(left.length).toBeGreaterThan(0);
    for (const { target, at } of left) {
      const answering = new Map<string, unknown>();
      for (const command of commands)
        if (command.at <= at && command.name === 'register-customer') answering.set(command.target.customerId ?? '', command.actor.id);
        else if (command.at <= at && command.name === 'assign-curator')
          answering.set(command.target.customerId ?? '', command.body.curatorId);
      expect([...answering.values()]).not.toContain(target.curatorId);
    }
  });

  it('names people in Latin, Cyrillic, CJK and right-to-left scripts', () => {
    const names = commands.filter(({ name }) => name === 'register-customer').map(({ body }) => String(body.displayName));
    for (const script of [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Han}/u, /\p{Script=Arabic}/u, /\p{Script=Hebrew}/u])
      expect(names.some((name) => script.test(name))).toBe(true);
  });

  it('sees most customers fall silent after few purchases, as the story says', () => {
    const purchases = new Map<string, number>();
    for (const { name, target } of commands)
      if (name === 'record-purchase') purchases.set(target.customerId ?? '', (purchases.get(target.customerId ?? '') ?? 0) + 1);
    const counts = [...purchases.values()].sort((one, other) => one - other);
    expect(counts[Math.floor(counts.length / 2)]).toBeLessThanOrEqual(4);
    expect(counts.at(-1)).toBeGreaterThan(10);
  });
});
