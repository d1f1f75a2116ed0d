import { AnyObject, Id, SomeText } from '../kernel/body.js';
import { command, staff } from '../kernel/command.js';
import type { CommandDefinition } from '../kernel/decider.js';

export class RetractEvent {
  @Id() eventId!: string;
  @SomeText(500) reason!: string;
}

export class CorrectEvent {
  @Id() eventId!: string;
  /** What the event should have said, whole: the members of the command that records it. The id of its item may be left out. */
  @AnyObject() data!: Readonly<Record<string, unknown>>;
  @SomeText(500) reason!: string;
}

const ofEither = ['event-unknown', 'event-not-retractable', 'event-already-retracted'];

/** @param others the commands that record what can be corrected: a correction is rejected for whatever they are rejected for */
export const correctionCommandsFor = (others: readonly CommandDefinition[]) => {
  const [otherCustomer] = others.flatMap((each) => each.otherCustomer ?? []);
  return [
    command({
      name: 'retract-event',
      body: RetractEvent,
      path: '/customers/:customerId/events/:eventId/retract',
      summary: 'Take back an event that was recorded by mistake',
      roles: staff,
      rejections: [
        ...ofEither,
        'event-has-dependants',
        'curator-unknown',
        'curator-departing',
        'curator-departed',
        'consent-withdrawn',
        'marketing-objected',
      ],
      readsHistory: true,
    }),
    command({
      ...(otherCustomer !== undefined && { otherCustomer }),
      name: 'correct-event',
      body: CorrectEvent,
      path: '/customers/:customerId/events/:eventId/correct',
      summary: 'Replace an event by what should have been recorded',
      roles: staff,
      rejections: [
        ...new Set([
          ...ofEither,
          'item-id-changed',
          'later-event-differs',
          'nothing-recorded',
          ...others.flatMap(({ rejections }) => rejections),
        ]),
      ],
      readsHistory: true,
    }),
  ] as const;
};
