import { Type } from 'typebox';
import { createCommandRunner, createEventRegistry, type EventLog, type ExpectedRevision, type NewEvent } from '#event-log';
import { createIds } from '#platform';
import { defaultPolicies, eventDefinitions, instanceOf, type RelationshipCommand, relationship } from '#relationship';

export const CALLERS = 64;
export const CUSTOMERS = 2_000;
export const SECONDS = Number(process.env.LETOPIS_BENCH_SECONDS ?? 3);
const STREAMS_OF_A_CALLER = 32;
const newId = createIds();

export const contactRegistry = createEventRegistry([
  {
    type: 'contact-noted',
    version: 1,
    schema: Type.Object(
      {
        contactId: Type.String({ maxLength: 64 }),
        channel: Type.Union([Type.Literal('phone'), Type.Literal('email'), Type.Literal('visit')]),
        direction: Type.Union([Type.Literal('inbound'), Type.Literal('outbound')]),
        purpose: Type.String({ maxLength: 40 }),
        summary: Type.String({ maxLength: 4000 }),
        minutes: Type.Integer({ minimum: 0 }),
      },
      { additionalProperties: false },
    ),
    personal: ['/summary'],
    published: 'contact-noted',
    description: 'A contact was noted.',
  },
]);

/** What each write and each replay is made of: about 600 bytes, the size of a contact with a summary of two sentences. */
export function contact(id: string) {
  return {
    contactId: id,
    channel: 'phone',
    direction: 'inbound',
    purpose: 'negotiation',
    summary: 'Asked for a revised offer with delivery in March; price is fine, terms of payment are not. Calls back on Thursday.',
    minutes: 12,
  };
}

export function contactNoted(): NewEvent {
  const id = newId();
  const now = new Date().toISOString();
  return {
    id,
    type: 'contact-noted',
    schemaVersion: 1,
    occurredAt: now,
    recordedAt: now,
    actor: { kind: 'curator', id: 'curator-0001' },
    correlationId: id,
    commandId: id,
    commandHash: '3f1a0c9d2b7e4f60',
    data: contact(id),
  };
}

/** Calls a second that so many callers, each waiting for its own answer, get through. */
export async function throughput(call: (caller: number, round: number) => Promise<unknown>): Promise<number> {
  let calls = 0;
  const start = performance.now();
  const end = start + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      for (let round = 0; performance.now() < end; round++) {
        await call(caller, round);
        calls++;
      }
    }),
  );
  return (calls / (performance.now() - start)) * 1000;
}

export type BenchCall = Parameters<typeof throughput>[0];
export const streamFor: (caller: number, round: number) => string = (caller, round) =>
  `relationship-${caller}-${round % STREAMS_OF_A_CALLER}`;

/** Contacts, each behind the one before it in its stream. */
export function contactAppends(log: Pick<EventLog, 'append'>): BenchCall {
  const heads = new Map<string, ExpectedRevision>();
  return async (caller, round) => {
    const stream = streamFor(caller, round);
    heads.set(stream, await log.append(stream, heads.get(stream) ?? 'none', [contactNoted()]));
  };
}

/** The domain itself: contacts of 2,000 customers, whom it registers first, each in turn, again and again. */
export async function contactCommands(log: EventLog): Promise<BenchCall> {
  const { decider } = relationship;
  const runner = createCommandRunner({ log, decider, newId, registry: createEventRegistry(eventDefinitions) });
  const actor = { kind: 'curator', id: 'curator-0001' } as const;
  const always = { policies: defaultPolicies, curator: () => 'active' as const, readBody: instanceOf };
  const execute = (customer: number, command: RelationshipCommand) => {
    const commandId = newId();
    const now = new Date().toISOString();
    const context = { ...always, now, occurredAt: now, actor, newEventId: newId() };
    const envelope = { commandId, commandHash: '3f1a0c9d2b7e4f60', actor, now, occurredAt: now, correlationId: commandId, command };
    return runner.execute(`relationship-c-${customer}`, envelope, context);
  };
  const registration = { kind: 'person', role: 'customer', displayName: 'Ольга Ветрова' };
  for (let at = 0; at < CUSTOMERS; at += CALLERS)
    await Promise.all(
      Array.from({ length: Math.min(CALLERS, CUSTOMERS - at) }, (_, n) =>
        execute(at + n, { name: 'register-customer', body: { customerId: `c-${at + n}`, ...registration } } as RelationshipCommand),
      ),
    );
  let sent = 0;
  return () => {
    const { minutes, ...said } = contact(newId());
    const command = { name: 'record-contact', body: { ...said, durationSeconds: minutes * 60 } } as RelationshipCommand;
    return execute((sent++ * 7919) % CUSTOMERS, command);
  };
}
