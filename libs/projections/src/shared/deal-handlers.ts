import type { Handlers } from '../event-handlers.js';
import { type DealEvent, dated } from './deal-events.js';

/** Puts what became known of a deal into a document. */
export type Keep<Document> = (document: Document, dealId: string, dealEvent: DealEvent) => Document;

export const openingAndClosingHandlers = <Document>(keep: Keep<Document>) =>
  ({
    'deal-opened': (document, { dealId, stage, funnelVersion, curatorId, acquisition, expectedValue, labels }, event) =>
      keep(document, dealId, {
        ...dated(event),
        kind: 'opened',
        stage,
        funnelVersion,
        ...(curatorId && { curatorId }),
        ...(acquisition && { source: acquisition.source }),
        ...(expectedValue && { value: expectedValue }),
        ...(labels && { labels }),
      }),
    'deal-won': (document, { dealId, amount, cost }, event) =>
      keep(document, dealId, { ...dated(event), kind: 'won', amount, ...(cost && { cost }) }),
    'deal-lost': (document, { dealId, reason, stage, value }, event) =>
      keep(document, dealId, { ...dated(event), kind: 'lost', reason, stage, ...(value && { value }) }),
    'deal-reassigned': (document, { dealId, curatorId }, event) =>
      keep(document, dealId, { ...dated(event), kind: 'reassigned', curatorId }),
    'deal-reopened': (document, { dealId, stage }, event) => keep(document, dealId, { ...dated(event), kind: 'reopened', stage }),
  }) satisfies Handlers<Document>;

export const progressHandlers = <Document>(keep: Keep<Document>) =>
  ({
    'deal-stage-entered': (document, { dealId, stage }, event) => keep(document, dealId, { ...dated(event), kind: 'entered', stage }),
    'deal-value-changed': (document, { dealId, to }, event) => keep(document, dealId, { ...dated(event), kind: 'valued', value: to }),
  }) satisfies Handlers<Document>;
