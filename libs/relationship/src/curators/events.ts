import { type EventOf, event, id, oneOf, optional, personalIn, strict, text } from '../kernel/event.js';

export const curatorRegistered = event(
  'curator-registered',
  'A curator (account manager) was registered.',
  strict({ curatorId: id(), displayName: optional(text(300)), supervisorId: optional(id()), team: optional(text(100)) }),
  ['/displayName'],
);
const correction = event(
  'curator-details-corrected',
  'A detail of the registration of a curator was wrong; the former value stays in history.',
  strict({
    curatorId: id(),
    field: oneOf('displayName', 'team'),
    from: optional(text(300)),
    to: text(300),
    reason: optional(text(500)),
  }),
  ['/from', '/to', '/reason'],
);
export const curatorDetailsCorrected = {
  ...correction,
  personalWhere: { '/from': personalIn('displayName'), '/to': personalIn('displayName') },
};
export const curatorDepartureBegun = event(
  'curator-departure-begun',
  'A curator is leaving: customers and open work go to a successor; nothing more is assigned to the curator.',
  strict({ curatorId: id(), to: id(), reason: optional(text(500)) }),
  ['/reason'],
);
export const curatorDeparted = event('curator-departed', 'A curator has left.', strict({ curatorId: id(), reason: optional(text(500)) }), [
  '/reason',
]);

export const curatorEvents = [curatorRegistered, curatorDetailsCorrected, curatorDepartureBegun, curatorDeparted] as const;
export type CuratorEvent = EventOf<(typeof curatorEvents)[number]>;
