import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { arbitraryLife } from '#testing/arbitrary-relationship.js';
import { commandByName, eventDefinitions, processCommandByName } from './aggregates.js';
import { curatorAt } from './curation/state.js';
import { acquisitionAt, detailAt, identifierAt, memberAt, membersOf } from './customer/state.js';
import { evolveRelationship, initialRelationship } from './evolve-relationship.js';
import { type DecisionContext, Rejection } from './kernel/decider.js';
import type { Dated } from './kernel/event.js';
import { decideRelationship } from './relationship.js';
import type { ActiveRelationship, Relationship } from './relationship-state.js';
import { type RelationshipCommand, type RelationshipEvent, relationshipCommands } from './slices.js';

const ajv = new Ajv2020({ strict: false });
const schemas = new Map(eventDefinitions.map(({ type, schema }) => [type as string, ajv.compile(schema)]));

interface Step {
  readonly before: Relationship;
  readonly command: RelationshipCommand;
  readonly context: DecisionContext;
  readonly answer: readonly RelationshipEvent[] | Rejection;
}

const attempt = (state: Relationship, command: RelationshipCommand, context: DecisionContext): readonly RelationshipEvent[] | Rejection => {
  try {
    return decideRelationship(state, command, context);
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
};

const evolved = (state: Relationship, events: readonly RelationshipEvent[], { occurredAt }: DecisionContext): Relationship =>
  events.reduce<Relationship>((folded, event) => evolveRelationship(folded, { ...event, occurredAt }), state);

const live = (life: readonly (readonly [RelationshipCommand, DecisionContext])[]) => {
  const steps: Step[] = [];
  const history: Dated<RelationshipEvent>[] = [];
  let state = initialRelationship;
  for (const [command, context] of life) {
    const answer = attempt(state, command, context);
    steps.push({ before: state, command, context, answer });
    if (answer instanceof Rejection) continue;
    history.push(...answer.map((event) => ({ ...event, occurredAt: context.occurredAt })));
    state = evolved(state, answer, context);
  }
  return { steps, history };
};

const always = (property: (lived: ReturnType<typeof live>) => void, numRuns = 100) =>
  fc.assert(
    fc.property(arbitraryLife, (life) => property(live(life))),
    { numRuns },
  );

describe('whatever is tried on a customer', () => {
  it('is decided the same twice, and leaves the state that it was decided on as it was', () => {
    always(({ steps }) => {
      for (const { before, command, context, answer } of steps) {
        const copy = structuredClone(before);
        expect(attempt(before, command, context)).toEqual(answer);
        if (!(answer instanceof Rejection)) evolved(before, answer, context);
        expect(before).toEqual(copy);
      }
    }, 20);
  });

  it('is rejected with a code that the command declares', () => {
    always(({ steps }) => {
      for (const { command, answer } of steps)
        if (answer instanceof Rejection)
          expect([command.name, (commandByName(command.name) ?? processCommandByName(command.name))!.rejections]).toEqual([
            command.name,
            expect.arrayContaining([answer.code]),
          ]);
    });
  });

  it('makes events that have the shape of their schema', () => {
    always(({ history }) => {
      for (const { type, data } of history) {
        const valid = schemas.get(type);
        valid?.(data);
        expect({ type, errors: valid?.errors }).toEqual({ type, errors: null });
      }
    });
  });

  it('decides nothing when it is tried again, but for the two commands that carry no id and may be meant twice', () => {
    const mayBeMeantTwice = ['make-proposal', 'return-purchase'];
    always(({ steps }) => {
      for (const { before, command, context, answer } of steps) {
        if (answer instanceof Rejection || mayBeMeantTwice.includes(command.name)) continue;
        const again = attempt(evolved(before, answer, context), command, context);
        expect(again instanceof Rejection ? [] : again).toEqual([]);
      }
    });
  });

  it('gives back no more money than was paid, in the currency in which it was paid', () => {
    always(({ history }) => {
      const paid = new Map<string, { minor: number; currency: string }>();
      for (const { type, data } of history) {
        if (type === 'purchase-recorded') paid.set(data.purchaseId, { ...data.amount });
        if (type !== 'purchase-returned') continue;
        const purchase = paid.get(data.purchaseId);
        expect(purchase?.currency).toBe(data.amount.currency);
        if (purchase) purchase.minor -= data.amount.minor;
        expect(purchase?.minor).toBeGreaterThanOrEqual(0);
      }
    });
  });

  it('keeps each deal in one currency and leaves it alone while it is closed', () => {
    always(({ history }) => {
      const currencies = new Map<string, Set<string>>();
      const closed = new Set<string>();
      for (const { type, data } of history) {
        if (!('dealId' in data) || !data.dealId || !isDealEvent(type)) continue;
        const used = currencies.get(data.dealId) ?? new Set();
        currencies.set(data.dealId, used);
        for (const [, currency] of JSON.stringify(data).matchAll(/"currency":"([A-Z]{3})"/g)) used.add(currency as string);
        expect(used.size).toBeLessThan(2);
        if (type === 'deal-reopened') closed.delete(data.dealId);
        else if (type !== 'contract-signed') expect(closed).not.toContain(data.dealId);
        if (type === 'deal-won' || type === 'deal-lost') closed.add(data.dealId);
      }
    });
  });

  it('ends a plan, a promise and a complaint at most once, and only after it began', () => {
    const begins = ['contact-planned', 'promise-made', 'complaint-raised'];
    const ends = ['contact-completed', 'contact-missed', 'contact-cancelled', 'promise-kept', 'promise-broken', 'complaint-resolved'];
    always(({ history }) => {
      const open = new Set<string>();
      for (const { type, data } of history) {
        const id = `${type.split('-')[0]} ${Object.values(data)[0]}`;
        if (begins.includes(type)) open.add(id);
        if (ends.includes(type)) expect(open.delete(id)).toBe(true);
      }
    });
  });

  it('reaches out on no channel against the last word of the customer as of then', () => {
    always(({ steps }) => {
      const words: { channel: string; purpose?: string; occurredAt: string; granted: boolean }[] = [];
      for (const { context, answer } of steps) {
        if (answer instanceof Rejection) continue;
        for (const { type, data } of answer) {
          if (type === 'consent-granted' || type === 'consent-withdrawn')
            words.push({ ...data, occurredAt: context.occurredAt, granted: type === 'consent-granted' });
          if ((type !== 'contact-recorded' && type !== 'contact-completed') || data.direction !== 'outbound') continue;
          const relevant = words.filter(
            (word) =>
              word.channel === data.channel && (word.purpose ?? data.purpose) === data.purpose && word.occurredAt <= context.occurredAt,
          );
          expect(relevant.toSorted((a, b) => a.occurredAt.localeCompare(b.occurredAt)).at(-1)?.granted).not.toBe(false);
        }
      }
    });
  });

  it('says of an attribute what is already so only where that was before now, and of the same instant once', () => {
    always(({ steps }) => {
      const said: (readonly [key: string, at: string, value: string])[] = [];
      for (const { context, answer } of steps) {
        if (answer instanceof Rejection) continue;
        for (const event of answer) {
          const members = attributesIn(event).map(([key, value]) => [key, context.occurredAt, JSON.stringify(value)] as const);
          const held = members.map(([key]) => lastSaid(said, key, context.occurredAt));
          const isNews = members.some(([, at, value], n) => held[n]?.[2] !== value || (at < context.now && held[n]?.[1] !== at));
          if (members.length > 0) expect(isNews).toBe(true);
          said.push(...members);
        }
      }
    });
  });

  it('leaves a state that knows at any instant what was said last of every attribute by then', () => {
    always(({ steps, history }) => {
      const last = steps.at(-1);
      fc.pre(last !== undefined && last.before.status === 'active');
      const state = last.answer instanceof Rejection ? last.before : evolved(last.before, last.answer, last.context);
      fc.pre(state.status === 'active');
      const said = history.flatMap((event) =>
        attributesIn(event).map(([key, value]) => [key, event.occurredAt, JSON.stringify(value)] as const),
      );
      for (const [key] of said)
        for (const instant of new Set(said.flatMap(([, at]) => [at, `${at.slice(0, -1)}1Z`, '2019-01-01T00:00:00.000Z'])))
          expect([key, JSON.stringify(attributeAt(state, key, instant))]).toEqual([key, lastSaid(said, key, instant)?.[2]]);
    });
  });

  it('lets nothing happen in the future, and customers record only what came in', () => {
    always(({ steps }) => {
      for (const { context, answer } of steps) {
        if (answer instanceof Rejection || answer.length === 0) continue;
        expect(context.occurredAt <= context.now).toBe(true);
        if (context.actor.kind === 'customer')
          for (const { type, data } of answer) if (type === 'contact-recorded') expect(data.direction).toBe('inbound');
      }
    });
  });

  it('is, all in all, every command of the catalogue, each accepted now and then', () => {
    const accepted = new Set<string>();
    always(({ steps }) => {
      for (const { command, answer } of steps) if (!(answer instanceof Rejection) && answer.length > 0) accepted.add(command.name);
    }, 200);
    // Corrections and retention have specs of their own, and after an erasure nothing is accepted.
    const elsewhere = ['retract-event', 'correct-event', 'list-for-retention', 'erase-for-retention'];
    elsewhere.push('erase-customer', 'erase-merged-customer', 'complete-erasure', 'give-erasure-receipt', 'mark-receipt-overdue');
    const recording = relationshipCommands.filter(({ name }) => !elsewhere.includes(name));
    expect([...accepted].toSorted()).toEqual(recording.map(({ name }) => name).toSorted());
  });
});

/** What an event says of the customer, by attribute; consents have a test of their own above. */
const attributesIn = (event: RelationshipEvent): readonly (readonly [key: string, value: unknown])[] => {
  switch (event.type) {
    case 'customer-registered':
      return [['detail role', event.data.role]];
    case 'curator-assigned':
      return [['curator', event.data.curatorId]];
    case 'customer-details-corrected':
      return [[`detail ${event.data.field}`, event.data.to]];
    case 'customer-identifier-added':
    case 'customer-identifier-removed':
      return [[`identifier ${event.data.kind} ${event.data.value}`, event.type === 'customer-identifier-added']];
    case 'customer-profile-recorded':
      return membersOf(event.data).map(([key, value]) => [`member ${key}`, value]);
    case 'acquisition-recorded':
      return [['acquisition', [event.data.source, event.data.medium]]];
    default:
      return [];
  }
};

const attributeAt = ({ assignments, details }: ActiveRelationship, key: string, instant: string): unknown => {
  const [attribute, name = '', value = ''] = key.split(' ');
  switch (attribute) {
    case 'curator':
      return curatorAt(assignments, instant);
    case 'detail':
      return detailAt(details, name as 'displayName', instant)?.value;
    case 'identifier':
      return identifierAt(details, { kind: name, value }, instant)?.value;
    case 'member':
      return memberAt(details, name, instant)?.value;
    default: {
      const method = acquisitionAt(details, instant)?.value;
      return method && [method.source, method.medium];
    }
  }
};

type Said = readonly (readonly [key: string, at: string, value: string])[];
const lastSaid = (said: Said, of: string, instant: string): Said[number] | undefined =>
  said
    .filter(([key, at]) => key === of && at <= instant)
    .reduce<Said[number] | undefined>((last, each) => (last && last[1] > each[1] ? last : each), undefined);

const isDealEvent = (type: string): boolean => type.startsWith('deal-') || type === 'proposal-made' || type === 'contract-signed';
