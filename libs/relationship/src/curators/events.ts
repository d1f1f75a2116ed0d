import { type EventOf, event, id, oneOf, optional, personal, personalIn, plain, strict, text } from '../kernel/event.js';

export const curatorRegistered = event(
  'curator-registered',
  'A curator (account manager) was registered.',
  strict({
    curatorId: id(),
    displayName: optional(personal(text(300))),
    supervisorId: optional(id()),
    team: optional(plain(text(100), 'a team of the company, by which access and desks are divided')),
  }),
);
export const curatorDetailsCorrected = event(
  'curator-details-corrected',
  'A detail of the registration of a curator was wrong; the former value stays in history.',
  strict({
    curatorId: id(),
    field: oneOf('displayName', 'team'),
    from: optional(personalIn(text(300), 'displayName')),
    to: personalIn(text(300), 'displayName'),
    reason: optional(personal(text(500))),
  }),
);
export const curatorDepartureBegun = event(
  'curator-departure-begun',
  'A curator is leaving: customers and open work go to a successor; nothing more is assigned to the curator.',
  strict({ curatorId: id(), to: id(), reason: optional(personal(text(500))) }),
);
export const curatorDeparted = event(
  'curator-departed',
  'A curator has left.',
  strict({ curatorId: id(), reason: optional(personal(text(500))) }),
);

export const curatorEvents = [curatorRegistered, curatorDetailsCorrected, curatorDepartureBegun, curatorDeparted] as const;
export type CuratorEvent = EventOf<(typeof curatorEvents)[number]>;
