import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { appendAtHead, newEvent } from '#testing';
import { ProcessRig } from '#testing/process-rig.js';
import { type RunningRetention, runRetention } from '#testing/retention-rig.js';

const admin = { actor: { kind: 'supervisor', id: 'root' } } as const;
const contact = { channel: 'phone', direction: 'inbound', purpose: 'service' };

let rig: ProcessRig;
const running: RunningRetention[] = [];
const open = async (now: string): Promise<RunningRetention> => {
  rig = await ProcessRig.open(now);
  return start();
};
const start = async (): Promise<RunningRetention> => {
  const one = await runRetention(rig);
  running.push(one);
  return one;
};
const close = async (): Promise<void> => {
  for (const each of running.splice(0)) await each.stop();
  await rig.close();
};

const register = (customerId: string, body: object = {}) =>
  rig.tell('register-customer', undefined, { customerId, kind: 'person', ...body });
const publish = (document: object) => rig.tell('publish-policy', 'retention', { document }, admin);
const rule = (body: object = {}) => ({ code: 'quiet', role: 'customer', months: 2, types: ['contact-recorded'], ...body });

/** What the policy did: by day, who was listed and who is to be erased. */
const done = async (): Promise<readonly string[]> =>
  (await rig.events('relationship-'))
    .filter(({ type, actor }) => type === 'retention-listed' || (type === 'erasure-confirmed' && actor.kind === 'system'))
    .map(
      ({ type, stream, recordedAt }) =>
        `${recordedAt.slice(0, 10)} ${type === 'retention-listed' ? 'listed' : 'erased'} ${stream.slice(13)}`,
    );

describe('the retention policy', () => {
  afterEach(close);

  it('lists a customer 30 days before, and requests and confirms the erasure in its own name when the day has come', async () => {
    const process = await open('2026-01-01T08:00:00.000Z');
    await register('c');
    await publish({ rules: [rule()], perDay: 10 });
    await process.at('2026-01-29T00:00:00.000Z');
    expect(await done()).toEqual([]);
    await process.at('2026-01-30T00:00:00.000Z');
    await process.at('2026-02-28T23:00:00.000Z');
    expect(await done()).toEqual(['2026-01-30 listed c']);
    await process.at('2026-03-01T00:00:00.000Z');
    expect(await done()).toEqual(['2026-01-30 listed c', '2026-03-01 erased c']);
    const events = (await rig.events('relationship-c')).slice(1);
    expect(events.map(({ type, actor, data }) => ({ type, actor, data }))).toEqual([
      {
        type: 'retention-listed',
        actor: { kind: 'system', id: 'policy-retention-2' },
        data: { code: 'quiet', policyVersion: 2, since: '2026-01-01T08:00:00.000Z', dueOn: '2026-03-01', eraseOn: '2026-03-01' },
      },
      {
        type: 'erasure-requested',
        actor: { kind: 'system', id: 'policy-retention-2' },
        data: { ground: 'no-longer-necessary', dueAt: '2026-04-01T23:59:59.999Z' },
      },
      { type: 'erasure-confirmed', actor: { kind: 'system', id: 'policy-retention-2' }, data: {} },
    ]);
  });

  it('gives notice of 30 days to whoever is due at once', async () => {
    const process = await open('2026-06-01T08:00:00.000Z');
    await rig.tell('register-customer', undefined, { customerId: 'c', kind: 'person' }, { occurredAt: '2020-01-01T00:00:00.000Z' });
    await publish({ rules: [rule()], perDay: 10 });
    await process.at('2026-06-01T08:00:00.000Z');
    await process.at('2026-06-30T00:00:00.000Z');
    expect(await done()).toEqual(['2026-06-01 listed c']);
    await process.at('2026-07-01T00:00:00.000Z');
    expect(await done()).toEqual(['2026-06-01 listed c', '2026-07-01 erased c']);
  });

  it('erases at most so many on a day, those first who wait the longest', async () => {
    const process = await open('2026-01-01T08:00:00.000Z');
    for (const id of ['a', 'b', 'c', 'd', 'e']) await register(id);
    await publish({ rules: [rule()], perDay: 2 });
    await process.at('2026-01-30T00:00:00.000Z');
    for (const day of ['01', '02', '03', '04']) await process.at(`2026-03-${day}T00:00:00.000Z`);
    expect((await done()).slice(5)).toEqual([
      '2026-03-01 erased a',
      '2026-03-01 erased b',
      '2026-03-02 erased c',
      '2026-03-02 erased d',
      '2026-03-03 erased e',
    ]);
  });

  it('erases nobody by a version that another has replaced, nor where it has no rules', async () => {
    const process = await open('2026-01-01T08:00:00.000Z');
    await register('c');
    await publish({ rules: [rule()], perDay: 10 });
    await process.at('2026-02-10T00:00:00.000Z');
    await publish({ perDay: 10 });
    await process.at('2026-06-10T00:00:00.000Z');
    expect(await done()).toEqual(['2026-02-10 listed c']);
    const late = rig.tell('erase-for-retention', 'c', { policyVersion: 2 }, { actor: { kind: 'system', id: 'late' } });
    await expect(late).rejects.toMatchObject({ code: 'retention-not-due' });
  });

  it('gives notice again to whoever was off the list for a while: by a version, a time zone, a role, a merge, or an event that was retracted', async () => {
    // No command does so yet.
    const append = (type: string, data: object) =>
      appendAtHead(rig.log, 'relationship-c', [newEvent({ type, data, occurredAt: rig.clock.now(), recordedAt: rig.clock.now() })]);
    const ways: Readonly<Record<string, readonly [off: () => Promise<unknown>, on: () => Promise<unknown>]>> = {
      version: [() => publish({ rules: [rule({ months: 120 })], perDay: 10 }), () => publish({ rules: [rule()], perDay: 10 })],
      zone: [
        () => rig.tell('publish-policy', 'company', { document: { zone: 'Pacific/Auckland' } }, admin),
        () => rig.tell('publish-policy', 'company', { document: { zone: 'UTC' } }, admin),
      ],
      role: [
        () => rig.tell('correct-details', 'c', { field: 'role', to: 'supplier' }),
        () => rig.tell('correct-details', 'c', { field: 'role', to: 'customer' }),
      ],
      merge: [() => append('customer-merged', { into: 'other' }), () => append('customer-unmerged', { from: 'other' })],
      retraction: [
        () => rig.tell('record-contact', 'c', { contactId: 'wrong', ...contact }),
        async () => {
          const { id } = (await rig.events('relationship-c')).findLast(({ type }) => type === 'contact-recorded')!;
          return rig.tell('retract-event', 'c', { eventId: id, reason: 'by mistake' }, admin);
        },
      ],
    };
    for (const [way, [off, on]] of Object.entries(ways)) {
      if (running.length > 0) await close();
      const process = await open('2026-01-01T13:00:00.000Z');
      await register('c');
      await rig.tell('register-customer', undefined, { customerId: 'other', kind: 'person', role: 'supplier' });
      await publish({ rules: [rule()], perDay: 10 });
      await process.at('2026-02-01T00:00:00.000Z');
      await off();
      rig.clock.advance('2026-05-31T12:00:00.000Z');
      await on();
      await process.at('2026-06-01T00:00:00.000Z');
      await process.at('2026-06-29T00:00:00.000Z');
      const before = await done();
      await process.at('2026-07-02T00:00:00.000Z');
      const after = await done();
      const listed = before.at(-1)!;
      expect([way, before.filter((each) => each.includes('erased'))]).toEqual([way, []]);
      expect([way, before.length, listed.slice(0, 7)]).toEqual([way, 2, listed.startsWith('2026-05-31') ? '2026-05' : '2026-06']);
      expect([way, after.at(-1)]).toEqual([way, '2026-07-02 erased c']);
    }
  });

  it('goes on with others where a customer has an event that is not understood', async () => {
    const process = await open('2026-01-01T08:00:00.000Z');
    for (const id of ['a', 'b']) await register(id);
    await publish({ rules: [rule()], perDay: 10 });
    await process.at('2026-01-30T00:00:00.000Z');
    await appendAtHead(rig.log, 'relationship-a', [
      newEvent({ type: 'contact-planned', schemaVersion: 99, data: {}, recordedAt: '2026-01-31T00:00:00.000Z' }),
    ]);
    await process.at('2026-03-01T00:00:00.000Z');
    expect((await done()).at(-1)).toBe('2026-03-01 erased b');
  });

  it('does everything once where two processes run', async () => {
    const [one, other] = [await open('2026-01-01T08:00:00.000Z'), await start()];
    for (const id of ['a', 'b', 'c', 'd', 'e']) await register(id);
    await publish({ rules: [rule()], perDay: 2 });
    for (const day of ['01-30', '03-01', '03-02', '03-03'])
      await Promise.all([one.at(`2026-${day}T00:00:00.000Z`), other.at(`2026-${day}T00:00:00.000Z`)]);
    const all = await done();
    expect(all.filter((each) => each.includes('listed')).toSorted()).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((id) => `2026-01-30 listed ${id}`),
    );
    const erased = all.filter((each) => each.includes('erased'));
    expect(erased.map((each) => each.slice(-1)).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    for (const [, ofDay] of Map.groupBy(erased, (each) => each.slice(0, 10))) expect(ofDay.length).toBeLessThanOrEqual(2);
  });
});

const customers = ['a', 'b', 'c', 'd'] as const;
const roles = ['customer', 'supplier'] as const;
const types = ['contact-recorded', 'purchase-recorded', 'complaint-raised'] as const;

type Act =
  | {
      readonly kind:
        | 'contact'
        | 'purchase'
        | 'hold'
        | 'lift'
        | 'restrict'
        | 'unrestrict'
        | 'complain'
        | 'resolve'
        | 'retract'
        | 'request'
        | 'reject';
    }
  | { readonly kind: 'late'; readonly days: number }
  | { readonly kind: 'role'; readonly to: (typeof roles)[number] }
  | { readonly kind: 'segment'; readonly to: string };
type Rule = { code: string; role?: string; segment?: string; months: number; types: string[] };

const usual = [
  'contact',
  'purchase',
  'hold',
  'lift',
  'lift',
  'restrict',
  'unrestrict',
  'unrestrict',
  'complain',
  'resolve',
  'retract',
  'request',
  'reject',
  'reject',
] as const;
const arbitraryAct: fc.Arbitrary<Act> = fc.oneof(
  { arbitrary: fc.constantFrom(...usual).map((kind) => ({ kind })), weight: 8 },
  { arbitrary: fc.record({ kind: fc.constant('late' as const), days: fc.integer({ min: 1, max: 50 }) }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('role' as const), to: fc.constantFrom(...roles) }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('segment' as const), to: fc.constantFrom('gold', 'silver') }), weight: 1 },
);
const arbitraryPolicy = fc.record({
  rules: fc
    .array(
      fc.tuple(
        fc.oneof(fc.record({ role: fc.constantFrom(...roles) }), fc.record({ segment: fc.constantFrom('gold', 'silver') })),
        fc.integer({ min: 1, max: 3 }),
        fc.uniqueArray(fc.constantFrom(...types), { minLength: 1 }),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((all): Rule[] => all.map(([whom, months, of], n) => ({ code: `rule-${n}`, ...whom, months, types: [...of] }))),
  perDay: fc.integer({ min: 1, max: 3 }),
});
const arbitraryCompany = fc.record({
  zone: fc.constantFrom('UTC', 'Pacific/Auckland', 'America/New_York'),
  policy: arbitraryPolicy,
  days: fc.array(
    fc.record({
      gap: fc.constantFrom(1, 1, 2, 7, 20, 31),
      acts: fc.array(fc.tuple(fc.constantFrom(...customers), arbitraryAct), { maxLength: 2 }),
      policy: fc.option(fc.oneof(arbitraryPolicy, fc.constant('restored' as const)), { freq: 4 }),
    }),
    { minLength: 10, maxLength: 25 },
  ),
});

interface Past {
  readonly type: string;
  readonly at: string;
  readonly data: Readonly<Record<string, string>>;
  isRetracted?: true;
}
interface Listed {
  readonly code: string;
  readonly since: string;
  readonly dueOn: string;
  readonly eraseOn: string;
  /** The rules and the kinds of customer since, the present ones among them. */
  readonly policies: (readonly Rule[])[];
  readonly kinds: (readonly [role: string | undefined, segment: string | undefined])[];
  isRetracted?: true;
  /** It was off the list at one of the instants that were looked at. */
  isBroken?: true;
}

/** Looks through everything that ever happened, as somebody would with paper and pencil. */
const kindIn = (past: readonly Past[]): Listed['kinds'][number] => {
  const lastSaid = (field: string, usual: string | undefined) =>
    past
      .filter(({ type, data, isRetracted }) => !isRetracted && type === 'details' && data.field === field)
      .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
      .at(-1)?.data.to ?? usual;
  return [lastSaid('role', 'customer'), lastSaid('segment', undefined)];
};
const expectedOn = (past: readonly Past[], rules: readonly Rule[], zone: string, [role, segment] = kindIn(past)) => {
  const counting = past.filter(({ isRetracted }) => !isRetracted);
  const found = rules.find((each) => (!each.role || each.role === role) && (!each.segment || each.segment === segment));
  if (!found) return undefined;
  const since = counting
    .filter(({ type }) => type === 'registered' || found.types.includes(type))
    .map(({ at }) => at)
    .toSorted()
    .at(-1)!;
  const due = DateTime.fromISO(since, { zone }).startOf('day').plus({ months: found.months });
  return { code: found.code, since, dueOn: due.toISODate()!, listOn: due.minus({ days: 30 }).toISODate()! };
};
const open_ = (past: readonly Past[], opening: string, closing: string): boolean => {
  const ids = new Set<string>();
  for (const { type, data, isRetracted } of past) {
    if (isRetracted) continue;
    if (type === opening) ids.add(data.id!);
    if (type === closing) ids.delete(data.id!);
  }
  return ids.size > 0;
};

describe('over random histories', () => {
  it('whom a look through the whole history of everybody finds is listed and erased on the same days', async () => {
    let [listings, erasures] = [0, 0];
    await fc.assert(
      fc.asyncProperty(arbitraryCompany, async ({ zone, policy: first, days }) => {
        const begin = DateTime.fromISO('2026-01-05', { zone });
        const company = await open(begin.toUTC().toISO()!);
        try {
          const pasts = new Map<string, Past[]>(customers.map((id) => [id, []]));
          const lists = new Map<string, Listed>();
          const expected: string[] = [];
          let [policy, former, erasedOn] = [first, first, ''];
          const saysSame = (one: Listed, now: ReturnType<typeof expectedOn>) =>
            one.code === now?.code && one.since === now.since && one.dueOn === now.dueOn;
          /** After each change. */
          const look = () => {
            for (const [id, one] of lists) {
              const past = pasts.get(id)!;
              if (!saysSame(one, expectedOn(past, policy.rules, zone))) one.isBroken = true;
              one.policies.push(policy.rules);
              one.kinds.push(kindIn(past));
            }
          };
          const sweep = (today: string) => {
            const due = new Map(customers.map((id) => [id, expectedOn(pasts.get(id)!, policy.rules, zone)]));
            const isListed = (id: (typeof customers)[number]) => {
              const one = lists.get(id);
              if (!one || one.isRetracted) return undefined;
              const isSame = one.policies.every((rules) =>
                one.kinds.every((kind) => saysSame(one, expectedOn(pasts.get(id)!, rules, zone, kind))),
              );
              return isSame ? one : undefined;
            };
            for (const id of customers) {
              const now = due.get(id);
              if (!now || now.listOn > today || isListed(id)) continue;
              const noticed = DateTime.fromISO(today).plus({ days: 30 }).toISODate()!;
              const eraseOn = now.dueOn > noticed ? now.dueOn : noticed;
              lists.set(id, { ...now, eraseOn, policies: [policy.rules], kinds: [kindIn(pasts.get(id)!)] });
              expected.push(`${today} listed ${id}`);
              listings++;
            }
            if (erasedOn === today) return;
            const erased = customers
              .filter((id) => (isListed(id)?.eraseOn ?? '~') <= today)
              .filter((id) => !open_(pasts.get(id)!, 'hold', 'lift') && !open_(pasts.get(id)!, 'restrict', 'unrestrict'))
              .filter((id) => !open_(pasts.get(id)!, 'complaint-raised', 'resolve') && !open_(pasts.get(id)!, 'request', 'reject'))
              .toSorted((a, b) => (`${lists.get(a)!.eraseOn} ${a}` < `${lists.get(b)!.eraseOn} ${b}` ? -1 : 1))
              .slice(0, policy.perDay);
            for (const id of erased) {
              expected.push(`${today} erased ${id}`);
              expect([id, lists.get(id)!.isBroken]).toEqual([id, undefined]);
              pasts.get(id)!.push({ type: 'request', at: '', data: { id: 'request' } });
              erasures++;
            }
            if (erased.length > 0) erasedOn = today;
          };
          await rig.tell('publish-policy', 'company', { document: { zone } }, admin);
          for (const id of customers) {
            await register(id);
            pasts.get(id)!.push({ type: 'registered', at: rig.clock.now(), data: {} });
          }
          await publish(policy);
          await company.at(rig.clock.now());
          let day = begin;
          sweep(day.toISODate()!);
          for (const [turn, { gap, acts, policy: next }] of days.entries()) {
            day = day.plus({ days: gap });
            await company.at(day.toUTC().toISO()!);
            sweep(day.toISODate()!);
            rig.clock.advance(day.plus({ hours: 12 }).toUTC().toISO()!);
            for (const [place, [customerId, act]] of acts.entries()) {
              const past = pasts.get(customerId)!;
              const before = past.filter(({ isRetracted }) => isRetracted).length;
              await happens(customerId, act, `${turn}-${place}`, past);
              const one = lists.get(customerId);
              if (one && past.filter(({ isRetracted }) => isRetracted).length > before) one.isRetracted = true;
              look();
            }
            if (!next) continue;
            [policy, former] = [next === 'restored' ? former : next, policy];
            await publish(policy);
            look();
            await company.at(rig.clock.now());
            sweep(day.toISODate()!);
          }
          const inOrder = (all: readonly string[]) => all.toSorted();
          const dayIn = (instant: string) => DateTime.fromISO(instant, { zone }).toISODate()!;
          const actual = (await rig.events('relationship-')).flatMap(({ type, actor, stream, recordedAt }) => {
            const what =
              type === 'retention-listed' ? 'listed' : type === 'erasure-confirmed' && actor.kind === 'system' ? 'erased' : undefined;
            return what ? [`${dayIn(recordedAt)} ${what} ${stream.slice(13)}`] : [];
          });
          expect(inOrder(actual)).toEqual(inOrder(expected));
        } finally {
          await close();
        }
      }),
      { numRuns: Number(process.env.LETOPIS_RUNS ?? 8) },
    );
    expect([listings > 15, erasures > 2]).toEqual([true, true]);
  });
});

/** Tells it, and notes it where it was accepted and changed something. */
const happens = async (customerId: string, act: Act, id: string, past: Past[]): Promise<void> => {
  const now = rig.clock.now();
  const last = (type: string, ended: string) =>
    past.findLast((each) => each.type === type && !past.some((other) => other.type === ended && other.data.id === each.data.id))?.data.id ??
    'none';
  const tell = async (name: string, body: object, noted: Past | undefined, more: object = {}): Promise<void> => {
    const answer = await rig.tell(name, customerId, body, more).catch(() => undefined);
    if (noted && answer && answer.events.length > 0) past.push({ ...noted, data: { ...noted.data, event: answer.events[0]! } });
  };
  const noted = (type: string, data: Readonly<Record<string, string>> = {}, at = now): Past => ({ type, at, data });
  const supervisor = { actor: { kind: 'supervisor', id: 'one' } } as const;
  switch (act.kind) {
    case 'contact':
      return tell('record-contact', { contactId: id, ...contact }, noted('contact-recorded'));
    case 'late': {
      const at = new Date(Date.parse(now) - act.days * 86_400_000).toISOString();
      return tell('record-contact', { contactId: id, ...contact }, noted('contact-recorded', {}, at), { occurredAt: at });
    }
    case 'purchase':
      return tell(
        'record-purchase',
        { purchaseId: id, item: 'i', quantity: 1, amount: { minor: 1, currency: 'EUR' } },
        noted('purchase-recorded'),
      );
    case 'hold':
      return tell('place-legal-hold', { holdId: id }, noted('hold', { id }), supervisor);
    case 'lift': {
      const holdId = last('hold', 'lift');
      return tell('lift-legal-hold', { holdId }, noted('lift', { id: holdId }), supervisor);
    }
    case 'restrict':
      return tell('restrict-processing', { ground: 'unlawful' }, noted('restrict', { id: 'restriction' }), supervisor);
    case 'unrestrict':
      return tell('lift-restriction', {}, noted('unrestrict', { id: 'restriction' }), supervisor);
    case 'complain':
      return tell('raise-complaint', { complaintId: id }, noted('complaint-raised', { id }));
    case 'resolve': {
      const complaintId = last('complaint-raised', 'resolve');
      return tell('resolve-complaint', { complaintId }, noted('resolve', { id: complaintId }));
    }
    case 'request':
      return tell('request-erasure', {}, noted('request', { id: 'request' }), supervisor);
    case 'reject':
      return tell('reject-erasure', { exception: 'legal-claims' }, noted('reject', { id: 'request' }), supervisor);
    case 'role':
    case 'segment':
      return tell('correct-details', { field: act.kind, to: act.to }, noted('details', { field: act.kind, to: act.to }));
    case 'retract': {
      const wrong = past.findLast(({ type, isRetracted }) => type === 'contact-recorded' && !isRetracted);
      if (!wrong) return;
      const answer = await rig
        .tell('retract-event', customerId, { eventId: wrong.data.event!, reason: 'by mistake' }, supervisor)
        .catch(() => undefined);
      if (answer) wrong.isRetracted = true;
    }
  }
};
