import { event, type FactOf, id, optional, strict, text } from '../kernel/event.js';

export const curatorRegistered = event(
  'curator-registered',
  'A curator (account manager) began to work here.',
  strict({ curatorId: id(), displayName: optional(text(300)), supervisorId: optional(id()), team: optional(text(100)) }),
  ['/displayName'],
);
export const curatorDepartureBegun = event(
  'curator-departure-begun',
  'A curator is leaving: customers and open work go to a successor, and no more is given to the curator.',
  strict({ curatorId: id(), to: id(), reason: optional(text(500)) }),
  ['/reason'],
);
export const curatorDeparted = event(
  'curator-departed',
  'A curator no longer works here.',
  strict({ curatorId: id(), reason: optional(text(500)) }),
  ['/reason'],
);

export const curatorEvents = [curatorRegistered, curatorDepartureBegun, curatorDeparted] as const;
export type CuratorFact = FactOf<(typeof curatorEvents)[number]>;
