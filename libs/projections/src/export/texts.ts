import { relationship } from '#relationship/relationship.js';

/** Every word of the readable exports, so that a catalogue of another language can take its place. */
export interface ExportTexts {
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  readonly titles: Readonly<Record<'provided' | 'kept', string>>;
  readonly introductions: Readonly<Record<'provided' | 'kept', string>>;
  readonly labels: Readonly<
    Record<
      'customer' | 'upTo' | 'released' | 'preview' | 'occurred' | 'recorded' | 'by' | 'source' | 'takenBack' | 'nothing' | 'event',
      string
    >
  >;
  readonly sections: Readonly<Record<'events' | 'profiling' | 'ladder' | 'churn' | 'reads' | 'recipients', string>>;
  readonly reads: Readonly<Record<'at' | 'role' | 'operation' | 'reason' | 'actorId', string>>;
  readonly recipients: Readonly<Record<'subscriberId' | 'at', string>>;
  /** By the type of the event. */
  readonly events: Readonly<Record<string, string>>;
}

export const englishTexts: ExportTexts = {
  language: 'en',
  direction: 'ltr',
  titles: { provided: 'Data that you provided', kept: 'All data that we keep about you' },
  introductions: {
    provided: 'This is what you gave us, and what we recorded when you used our services (Art. 20 GDPR).',
    kept:
      'This is everything that we recorded about you (Art. 15 GDPR). Names of other people and our costs are left out. ' +
      'You may ask us to correct or to erase it, to restrict its use, object to its use, and complain to a supervisory authority.',
  },
  labels: {
    customer: 'Your number',
    upTo: 'Recorded until',
    released: 'Released',
    preview: 'Preview, not released',
    occurred: 'When it happened',
    recorded: 'When we recorded it',
    by: 'Recorded by',
    source: 'From',
    takenBack: 'Taken back later',
    nothing: 'Nothing.',
    event: 'What happened',
  },
  sections: {
    events: 'What was recorded',
    profiling: 'What we derived from it',
    ladder: 'Loyalty ladder',
    churn: 'Purchases, contacts and the risk of losing you as a customer',
    reads: 'When and why your data were read',
    recipients: 'Who else received your data',
  },
  reads: { at: 'When', role: 'By', operation: 'What was asked for', reason: 'Reason', actorId: 'Who' },
  recipients: { subscriberId: 'Service', at: 'First given' },
  events: Object.fromEntries(relationship.events.map(({ type, description }) => [type, description])),
};
