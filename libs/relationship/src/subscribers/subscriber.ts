import { Type } from 'typebox';
import { aggregate, opaqueId, type ReferenceData } from '../kernel/aggregate.js';
import { Id, Optional, SomeText, Whole } from '../kernel/body.js';
import { type CommandOf, command } from '../kernel/command.js';
import type { DecisionContext, Role } from '../kernel/decider.js';
import { mustHaveHappened } from '../kernel/decision.js';
import { type Dated, type EventOf, event, id, optional, plain, strict, type TypedEvent, text } from '../kernel/event.js';
import { plain as withoutAbsent } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';

const MOST_DAYS = 365;

export class RegisterSubscriber {
  @Id() subscriberId!: string;
  /** Where the operator of the subscriber is reached. */
  @SomeText(300) contact!: string;
  /** Days after an erasure in which the subscriber confirms that it has deleted the customer. */
  @Whole(1, MOST_DAYS) deadlineDays!: number;
}

export class ChangeSubscriber {
  @Optional() @SomeText(300) contact?: string;
  @Optional() @Whole(1, MOST_DAYS) deadlineDays?: number;
}

export class EndSubscriber {}

const admins: readonly Role[] = ['admin'];

const commands = [
  command({
    name: 'register-subscriber',
    body: RegisterSubscriber,
    path: '/subscribers',
    generatedId: 'subscriberId',
    summary: 'Register a service that reads personal data from Kafka; one that has ended begins again',
    roles: admins,
    rejections: ['subscriber-already-registered'],
  }),
  command({
    name: 'change-subscriber',
    body: ChangeSubscriber,
    path: '/subscribers/:subscriberId/change',
    summary: 'Change contact or deadline of a subscriber; erasures from now on use the new deadline',
    roles: admins,
    rejections: ['subscriber-unknown', 'subscriber-ended'],
    setsState: true,
  }),
  command({
    name: 'end-subscriber',
    body: EndSubscriber,
    path: '/subscribers/:subscriberId/end',
    summary: 'End a subscriber: it gets no more keys, and still has to confirm erasures of customers whose keys it has',
    roles: admins,
    rejections: ['subscriber-unknown'],
    setsState: true,
  }),
] as const;

const contact = () => plain(text(300), 'a business address of the operator of a service, needed as long as receipts are due');
const deadlineDays = () => Type.Integer({ minimum: 1, maximum: MOST_DAYS });

export const subscriberRegistered = event(
  'subscriber-registered',
  'A service that reads personal data from Kafka was registered; it confirms erasures within `deadlineDays`.',
  strict({ subscriberId: id(), contact: contact(), deadlineDays: deadlineDays() }),
);
export const subscriberChanged = event(
  'subscriber-changed',
  'Contact or deadline of a subscriber changed.',
  strict({ subscriberId: id(), contact: optional(contact()), deadlineDays: optional(deadlineDays()) }),
);
export const subscriberEnded = event('subscriber-ended', 'A subscriber has ended: it gets no more keys.', strict({ subscriberId: id() }));
const events = [subscriberRegistered, subscriberChanged, subscriberEnded] as const;

type SubscriberCommand = CommandOf<(typeof commands)[number]>;
type SubscriberEvent = EventOf<(typeof events)[number]>;

export interface Subscriber {
  readonly subscriberId: string;
  readonly contact: string;
  readonly deadlineDays: number;
  readonly registeredAt: string;
  readonly endedAt?: string;
}

/** Undefined before the registration. In the order of recording: what counts is what the subscriber is now. */
const evolve = (subscriber: Subscriber | undefined, event: Dated<TypedEvent>): Subscriber | undefined => {
  const { type, data, occurredAt } = event as Dated<SubscriberEvent>;
  switch (type) {
    case 'subscriber-registered':
      return { ...data, registeredAt: occurredAt };
    case 'subscriber-changed':
      return subscriber && { ...subscriber, ...data };
    case 'subscriber-ended':
      return subscriber && { ...subscriber, endedAt: occurredAt };
    default:
      return subscriber;
  }
};

interface State {
  readonly id: string;
  readonly subscriber?: Subscriber | undefined;
}

const decide = (
  { id: subscriberId, subscriber }: State,
  command: SubscriberCommand,
  context: DecisionContext,
): readonly SubscriberEvent[] => {
  mustHaveHappened(context);
  if (command.name === 'register-subscriber') {
    if (subscriber && !subscriber.endedAt)
      reject('subscriber-already-registered', `Subscriber ${subscriberId} is already registered.`, { subscriberId });
    return [{ type: 'subscriber-registered', data: { ...command.body, subscriberId } }];
  }
  const known =
    subscriber ?? reject('subscriber-unknown', `Subscriber ${subscriberId} does not exist; register it first.`, { subscriberId });
  if (command.name === 'end-subscriber') return known.endedAt ? [] : [{ type: 'subscriber-ended', data: { subscriberId } }];
  if (known.endedAt) reject('subscriber-ended', `Subscriber ${subscriberId} has ended; register it again.`, { subscriberId });
  const { contact = known.contact, deadlineDays = known.deadlineDays } = command.body;
  if (contact === known.contact && deadlineDays === known.deadlineDays) return [];
  return [{ type: 'subscriber-changed', data: withoutAbsent({ subscriberId, ...command.body }) }];
};

export type Subscribers = ReadonlyMap<string, Subscriber>;

const reference: ReferenceData<Subscribers> = {
  types: events.map(({ type }) => type),
  initial: new Map(),
  apply(subscribers, event) {
    const { subscriberId } = event.data as SubscriberEvent['data'];
    const now = evolve(subscribers.get(subscriberId), event);
    return now ? new Map(subscribers).set(subscriberId, now) : subscribers;
  },
};

/** Services that are given keys to the personal data in Kafka, and confirm that they have deleted whom was erased. */
export const subscriber = aggregate({
  category: 'subscriber',
  subject: 'subscriber',
  idMember: 'subscriberId',
  idSchema: opaqueId,
  access: 'roles',
  published: false,
  path: '/subscribers',
  tag: { name: 'subscribers', description: 'Services that read personal data from Kafka and confirm erasures' },
  events,
  commands,
  commonRejections: ['occurred-in-future'],
  decider: {
    initialState: (id: string): State => ({ id }),
    evolve: ({ id, subscriber }: State, event: Dated<TypedEvent>): State => ({ id, subscriber: evolve(subscriber, event) }),
    decide,
  },
  reference,
});
