import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DomainEvent, delegating, type Position } from '#event-log';
import { canonicalJson } from '#event-log/canonical-json.js';
import { appendAtHead, newEvent } from '#testing';
import { confirmErasure, type Places, placesInMemory, registerToErase, runErasure } from '#testing/erasure-rig.js';
import { ProcessRig, type RunningProcess } from '#testing/process-rig.js';
import { erasureSteps } from './erasure.js';

const STARTED = '2026-11-30T08:00:00.000Z';
const at = (time: string) => `2026-11-30T${time}.000Z`;
const subject = 'relationship-c';

let rig: ProcessRig;
let places: Places;
let process: RunningProcess;
beforeEach(async () => {
  rig = await ProcessRig.open(STARTED);
  places = placesInMemory();
  await registerToErase(rig, 'c');
});
afterEach(async () => {
  await process.stop();
  await rig.close();
});

const types = async (prefix: string) => (await rig.events(prefix)).map(({ type }) => type);
const dataOf = (events: readonly DomainEvent[], type: string) => events.find((event) => event.type === type)?.data;
const erasedOutside = async () => {
  const all: string[] = [];
  for await (const batch of places.outside.erasures()) all.push(...batch.map((each) => each.subject));
  return all;
};
const advance = async (instant: string) => {
  rig.clock.advance(instant);
  await process.quiet();
};

describe('an erasure', () => {
  it('that nobody confirmed leaves everything as it is', async () => {
    await places.keys.ensure([subject]);
    process = runErasure(rig, places);
    await advance(at('23:00:00'));
    expect(await types(subject)).not.toContain('customer-erased');
    expect((await places.keys.find([subject])).get(subject)?.kind).toBe('key');
  });

  it('that is confirmed destroys the key, and is certified once nobody can use it any more', async () => {
    await places.keys.ensure([subject]);
    process = runErasure(rig, places);
    await confirmErasure(rig, 'c');
    await process.quiet();
    expect(await types(subject)).toContain('customer-erased');
    expect((await places.keys.find([subject])).get(subject)).toEqual({ kind: 'erased', at: STARTED });
    expect(await erasedOutside()).toEqual([subject]);
    await advance(at('08:00:09'));
    expect(await types(subject)).not.toContain('erasure-completed');
    await advance(at('08:00:10'));
    const events = await rig.events('process-erasure-c');
    const { certificate } = dataOf(events, 'erasure-certified') as { readonly certificate: { readonly places: readonly object[] } };
    expect(certificate).toMatchObject({
      customerId: 'c',
      code: 'objection',
      erasedAt: STARTED,
      requestedAt: STARTED,
      issuedAt: at('08:00:10'),
    });
    expect(JSON.stringify(certificate)).not.toContain('Anna');
    expect(certificate.places).toContainEqual(expect.objectContaining({ place: 'key-store', outcome: 'destroyed', at: STARTED }));
    expect(certificate.places).toContainEqual(
      expect.objectContaining({ place: 'backups', outcome: 'kept', until: '2027-02-28T08:00:00.000Z' }),
    );
    // Nothing is encrypted here, and the certificate says so.
    expect(certificate.places).toContainEqual(expect.objectContaining({ place: 'event-log', outcome: 'kept' }));
    const certificateHash = createHash('sha256').update(canonicalJson(certificate)).digest('hex');
    expect(dataOf(await rig.events(subject), 'erasure-completed')).toEqual({ certificateHash });
    expect(dataOf(events.slice(2), 'process-commands-issued')).toMatchObject({ commands: [], steps: erasureSteps });
    expect(process.health()).toMatchObject({ open: 0, stuck: 0 });
  });

  it('is certified no sooner where the clock is set ahead, nor where the key was destroyed long ago: the time counts from when this process was told', async () => {
    await places.keys.erase([subject], '2026-11-01T00:00:00.000Z');
    let elapsed = 0;
    process = runErasure(rig, { ...places, elapsedMs: () => elapsed });
    await confirmErasure(rig, 'c');
    await process.quiet();
    for (const [ms, time] of [
      [0, '09:00:00'],
      [9_999, '10:00:00'],
    ] as const) {
      elapsed = ms;
      await advance(at(time));
      expect(await types('process-erasure-c')).not.toContain('erasure-certified');
    }
    // A restart knows nothing of it.
    await process.stop();
    process = runErasure(rig, { ...places, elapsedMs: () => elapsed });
    elapsed = 10_001;
    await advance(at('11:00:00'));
    expect(await types('process-erasure-c')).not.toContain('erasure-certified');
    elapsed = 20_001;
    await advance(at('12:00:00'));
    expect(await types(subject)).toContain('erasure-completed');
  });

  it('is certified only once the key store says so: where it was restored meanwhile, the key is destroyed again, and nobody uses it for 10 s', async () => {
    await places.keys.ensure([subject]);
    let reads = 0;
    // As if it had been restored after the key was destroyed and before that is certified.
    const keys: Places['keys'] = {
      ...places.keys,
      find: async (subjects) => (reads++ === 0 ? new Map() : places.keys.find(subjects)),
    };
    process = runErasure(rig, { ...places, keys });
    await confirmErasure(rig, 'c');
    await process.quiet();
    await advance(at('08:00:10'));
    expect(reads).toBe(1);
    expect(await types('process-erasure-c')).not.toContain('erasure-certified');
    await advance(at('08:00:20'));
    const { certificate } = dataOf(await rig.events('process-erasure-c'), 'erasure-certified') as {
      readonly certificate: { readonly places: readonly object[] };
    };
    expect(certificate.places).toContainEqual(expect.objectContaining({ place: 'key-store', outcome: 'destroyed' }));
  });

  it('that the store outside brings back into a log of before the process is carried out; others of that time have no key', async () => {
    const before = { recordedAt: '2026-11-01T00:00:00.000Z' };
    for (const [id, by] of [
      ['back', 'kept-outside'],
      ['old', 'migration'],
    ] as const) {
      const registered = newEvent({ type: 'customer-registered', data: { kind: 'person', role: 'customer', displayName: 'Ben' } });
      const erased = { ...newEvent({ type: 'customer-erased', data: { code: 'unstated' } }), actor: { kind: 'system', id: by } as const };
      await rig.log.append(`relationship-${id}`, 'none', [
        { ...registered, ...before },
        { ...erased, ...before },
      ]);
    }
    await places.keys.ensure(['relationship-back']);
    process = runErasure(rig, places);
    await process.quiet();
    await advance(at('08:00:10'));
    expect((await places.keys.find(['relationship-back'])).get('relationship-back')?.kind).toBe('erased');
    expect(await types('process-erasure-back')).toContain('erasure-certified');
    expect(await types('relationship-back')).toContain('erasure-completed');
    expect(await types('process-erasure-old')).toEqual([]);
  });

  it('certifies that ids can be guessed where they were derived without a secret, and how many files have rows, without their paths', async () => {
    const remaining = async () => ({ unknown: [], files: ['/in/anna.rejects.csv', '/in/g.rejects.csv'] });
    const log = delegating(rig.log, { guarantees: { ...rig.log.guarantees, oneWriter: false } });
    process = runErasure(rig, { ...places, rejectedRows: { erase: async () => undefined, remaining }, log });
    await confirmErasure(rig, 'c');
    await process.quiet();
    await advance(at('08:00:10'));
    const { certificate } = dataOf(await rig.events('process-erasure-c'), 'erasure-certified') as {
      readonly certificate: { readonly places: readonly object[] };
    };
    expect(certificate.places).toContainEqual(expect.objectContaining({ place: 'ids', outcome: 'kept' }));
    expect(certificate.places).toContainEqual({
      ...{ place: 'rejects-files', outcome: 'kept' },
      detail: expect.stringMatching(/^2 files .*letopis import rejects --files c /),
    });
    expect(certificate.places).toContainEqual({
      ...{ place: 'rejected-rows', outcome: 'kept' },
      detail: expect.stringContaining('other data folders'),
    });
    expect(JSON.stringify(certificate)).not.toMatch(/anna/i);
  });

  it('waits for a legal hold that was placed after it was confirmed, and goes on when it is lifted', async () => {
    const by = { actor: { kind: 'supervisor', id: 'one' } as const };
    await confirmErasure(rig, 'c');
    await rig.tell('place-legal-hold', 'c', { holdId: 'h' }, by);
    process = runErasure(rig, places);
    await advance(at('08:30:00'));
    expect(await types(subject)).not.toContain('customer-erased');
    await rig.tell('lift-legal-hold', 'c', { holdId: 'h' }, by);
    await process.quiet();
    expect((await types(subject)).filter((type) => type === 'customer-erased')).toEqual(['customer-erased']);
  });

  it('of a survivor is one of those who were merged into it, each with a certificate; whom a legal hold keeps is named', async () => {
    for (const id of ['a', 'held']) await registerToErase(rig, id);
    await rig.tell('place-legal-hold', 'held', { holdId: 'h' }, { actor: { kind: 'supervisor', id: 'one' } });
    for (const [id, into] of [
      ['a', 'held'],
      ['held', 'c'],
    ] as const)
      await appendAtHead(rig.log, `relationship-${id}`, [newEvent({ type: 'customer-merged', data: { into } })]);
    process = runErasure(rig, places);
    await confirmErasure(rig, 'c');
    await process.quiet();
    await advance(at('08:00:10'));
    expect(await types('relationship-a')).toEqual(expect.arrayContaining(['customer-erased', 'erasure-completed']));
    expect(await types('relationship-held')).not.toContain('customer-erased');
    const merges = async (id: string) => {
      const events = await rig.events(`process-erasure-${id}`);
      const { certificate } = dataOf(events, 'erasure-certified') as { readonly certificate: { readonly places: readonly object[] } };
      return certificate.places.find((each) => (each as { readonly place: string }).place === 'merged-customers');
    };
    expect(await merges('c')).toMatchObject({ outcome: 'kept', detail: expect.stringMatching(/legal hold.*: held$/) });
    expect(await merges('a')).toMatchObject({ outcome: 'nothing' });
    expect((await places.keys.find(['relationship-a', 'relationship-held'])).get('relationship-a')?.kind).toBe('erased');
  });

  it('is certified with what the engines keep of what was overwritten', async () => {
    const remains = 'former versions are in the files of the engine until it overwrites them';
    const keys = { ...places.keys, remains };
    const views = { reached: async () => undefined, parked: async () => new Set<string>(), purge: async () => true, remains };
    process = runErasure(rig, { ...places, keys, views });
    await confirmErasure(rig, 'c');
    await process.quiet();
    await advance(at('08:00:10'));
    const { certificate } = dataOf(await rig.events('process-erasure-c'), 'erasure-certified') as {
      readonly certificate: { readonly places: readonly object[] };
    };
    for (const place of ['files-of-key-store', 'files-of-views'])
      expect(certificate.places).toContainEqual({ place, outcome: 'kept', detail: remains });
  });

  it('waits for the views that have not passed it, and for readers of their files', async () => {
    let [reached, isPurged] = [await rig.log.head(), false];
    const views = { reached: async () => reached, parked: async () => new Set<string>(), purge: async () => isPurged };
    process = runErasure(rig, { ...places, views });
    await confirmErasure(rig, 'c');
    await process.quiet();
    await advance(at('08:00:30'));
    expect(await types('process-erasure-c')).not.toContain('erasure-certified');
    reached = await rig.log.head();
    await advance(at('08:00:40'));
    expect(await types('process-erasure-c')).not.toContain('erasure-certified');
    isPurged = true;
    await advance(at('08:00:50'));
    expect(await types(subject)).toContain('erasure-completed');
  });

  it('that is neither carried out nor rejected within a month is recorded as overdue, once', async () => {
    process = runErasure(rig, places);
    await advance('2026-12-30T23:59:59.998Z');
    expect(await types(subject)).not.toContain('erasure-overdue');
    await advance('2026-12-31T00:00:00.000Z');
    await advance('2027-06-01T00:00:00.000Z');
    expect((await types(subject)).filter((type) => type === 'erasure-overdue')).toEqual(['erasure-overdue']);
  });

  describe('of a customer whose key subscribers have', () => {
    const disclosed = async (...subscriberIds: readonly string[]) => {
      for (const subscriberId of subscriberIds) {
        await rig.tell('register-subscriber', subscriberId, { subscriberId, contact: 'dpo@example.org', deadlineDays: 7 });
        await rig.tell('disclose-publishing-key', 'c', { subscriberId, keyId: 'k' }, { actor: { kind: 'system', id: 'test' } });
      }
    };
    const give = (id: string) => rig.tell('give-erasure-receipt', 'c', {}, { actor: { kind: 'service', id } });
    const certificate = async () =>
      (dataOf(await rig.events('process-erasure-c'), 'erasure-certified') as { certificate: { disclosures: object[] } } | undefined)
        ?.certificate;

    it('is certified when all of them have confirmed it, with when', async () => {
      await disclosed('mail', 'shop');
      process = runErasure(rig, places);
      await confirmErasure(rig, 'c');
      await process.quiet();
      await advance(at('08:00:20'));
      await give('mail');
      await process.quiet();
      expect(await certificate()).toBeUndefined();
      await advance(at('09:00:00'));
      await give('shop');
      await process.quiet();
      const dueAt = { receiptDueAt: '2026-12-07T08:00:00.000Z' };
      expect((await certificate())?.disclosures).toEqual([
        { subscriberId: 'mail', keyId: 'k', disclosedAt: STARTED, ...dueAt, receiptAt: at('08:00:20') },
        { subscriberId: 'shop', keyId: 'k', disclosedAt: STARTED, ...dueAt, receiptAt: at('09:00:00') },
      ]);
      expect(await types(subject)).toContain('erasure-completed');
      await advance('2027-01-01T00:00:00.000Z');
      expect(await types(subject)).not.toContain('erasure-receipt-overdue');
      expect(process.health()).toMatchObject({ open: 0, stuck: 0 });
    });

    it('is certified at the deadline without the receipts that are missing, which are recorded as overdue; late ones are recorded too', async () => {
      await disclosed('mail', 'shop');
      process = runErasure(rig, places);
      await confirmErasure(rig, 'c');
      await process.quiet();
      await give('mail');
      await advance('2026-12-07T07:59:59.999Z');
      expect(await certificate()).toBeUndefined();
      await advance('2026-12-07T08:00:00.000Z');
      const overdue = (await rig.events(subject)).filter(({ type }) => type === 'erasure-receipt-overdue');
      expect(overdue.map(({ data }) => data)).toEqual([{ subscriberId: 'shop', dueAt: '2026-12-07T08:00:00.000Z' }]);
      const disclosures = (await certificate())!.disclosures;
      expect(disclosures[0]).toHaveProperty('receiptAt');
      expect(disclosures[1]).not.toHaveProperty('receiptAt');
      await give('shop');
      await process.quiet();
      expect((await types(subject)).filter((type) => type === 'erasure-receipt-given')).toHaveLength(2);
      expect((await types('process-erasure-c')).filter((type) => type === 'erasure-certified')).toHaveLength(1);
      expect(process.health()).toMatchObject({ open: 0, stuck: 0 });
    });

    it.each([
      ['as it was', () => places],
      ['restored from before', placesInMemory],
    ])('is certified 10 s after a restart that came after the key was destroyed, with the key store %s', async (_, found) => {
      await disclosed('mail');
      process = runErasure(rig, places);
      await confirmErasure(rig, 'c');
      await process.quiet();
      await advance(at('09:00:00'));
      await process.stop();
      const now = found();
      await now.keys.ensure([subject]);
      process = runErasure(rig, now);
      await process.quiet();
      await give('mail');
      await process.quiet();
      expect(await certificate()).toBeUndefined();
      await advance(at('09:00:10'));
      expect(await certificate()).toBeDefined();
      expect((await now.keys.find([subject])).get(subject)?.kind).toBe('erased');
      expect(await types(subject)).toContain('erasure-completed');
    });

    it('waits for receipts and deadline across restarts', async () => {
      await disclosed('mail');
      process = runErasure(rig, places);
      await confirmErasure(rig, 'c');
      await process.quiet();
      await process.stop();
      await give('mail');
      process = runErasure(rig, places);
      await advance(at('08:01:00'));
      // The 10 s count again.
      expect(await certificate()).toBeUndefined();
      await advance(at('08:01:10'));
      expect((await certificate())?.disclosures).toEqual([expect.objectContaining({ subscriberId: 'mail', receiptAt: STARTED })]);
    });
  });

  it('waits for its tombstone, and certifies until when topics keep what was sent before', async () => {
    let upTo = '' as Position;
    const published = async () => ({ upTo, neverPlain: true });
    const kept = async () => ({ customers: 86_400_000, contacts: 'unbounded', rejected: 'absent' }) as const;
    process = runErasure(rig, { ...places, kafka: { personalFields: true, topics: { published, kept } } });
    await confirmErasure(rig, 'c');
    await process.quiet();
    await advance(at('08:00:30'));
    expect(await types('process-erasure-c')).not.toContain('erasure-certified');
    upTo = await rig.log.head();
    await advance(at('08:01:00'));
    const { certificate } = dataOf(await rig.events('process-erasure-c'), 'erasure-certified') as {
      certificate: { places: { place: string }[] };
    };
    expect(certificate.places.filter(({ place }) => place.startsWith('kafka'))).toEqual([
      expect.objectContaining({ place: 'kafka-events', outcome: 'destroyed' }),
      expect.objectContaining({ place: 'kafka-customers', outcome: 'removed', until: '2026-12-01T08:00:00.000Z' }),
      { place: 'kafka-contacts', outcome: 'kept', detail: expect.anything() },
      expect.objectContaining({ place: 'kafka-rejected', outcome: 'nothing' }),
    ]);
  });

  it('by two processes at once is done once', async () => {
    process = runErasure(rig, places);
    const second = runErasure(rig, places);
    await confirmErasure(rig, 'c');
    for (const time of ['08:00:01', '08:00:10', '08:00:20']) {
      rig.clock.advance(at(time));
      await Promise.all([process.quiet(), second.quiet()]);
    }
    await second.stop();
    const all = [...(await types(subject)), ...(await types('process-erasure-c'))];
    for (const type of ['customer-erased', 'erasure-certified', 'erasure-completed'])
      expect(all.filter((each) => each === type)).toEqual([type]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('that is cut off after %i commands is carried on, and done once', async (commands) => {
    const { execute } = rig.service;
    let left = commands;
    const cut = Promise.withResolvers<void>();
    rig.service.execute = async (request) => {
      if (request.actor.kind !== 'system' || left-- > 0) return execute(request);
      cut.resolve();
      return new Promise(() => undefined);
    };
    process = runErasure(rig, places);
    await confirmErasure(rig, 'c');
    const isQuiet = async () => {
      await process.quiet();
      rig.clock.advance(at('08:00:20'));
      await process.quiet();
    };
    await Promise.race([cut.promise, isQuiet()]);
    void process.stop();
    rig.service.execute = execute;
    process = runErasure(rig, places);
    await process.quiet();
    await advance(at('08:01:00'));
    const all = [...(await types(subject)), ...(await types('process-erasure-c'))];
    for (const type of ['customer-erased', 'erasure-certified', 'erasure-completed'])
      expect(all.filter((each) => each === type)).toEqual([type]);
    expect((await places.keys.find([subject])).get(subject)?.kind).toBe('erased');
  });
});
