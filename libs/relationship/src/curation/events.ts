import { type EventOf, event, id, instant, ofCurators, optional, personal, strict, text } from '../kernel/event.js';

export const curatorAssigned = event(
  'curator-assigned',
  'A curator is responsible for the customer from an instant on; the previous one, if any, no longer is.',
  strict({ curatorId: id(), from: instant(), formerCuratorId: optional(id()), reason: optional(personal(text(500))) }),
  { shows: ['/curatorId', '/from', '/formerCuratorId'], provided: [], others: ofCurators('/curatorId', '/formerCuratorId') },
);

export const curationEvents = [curatorAssigned] as const;
export type CurationEvent = EventOf<(typeof curationEvents)[number]>;
