import type { ReferenceData } from '../kernel/aggregate.js';
import { type CuratorFact, curatorDeparted, curatorRegistered } from './events.js';

export interface CuratorEntry {
  readonly curatorId: string;
  readonly displayName?: string;
  readonly supervisorId?: string;
  readonly team?: string;
  readonly registeredAt: string;
  readonly departedAt?: string;
}
export type Curators = ReadonlyMap<string, CuratorEntry>;

export const curatorRegister: ReferenceData<Curators> = {
  types: [curatorRegistered.type, curatorDeparted.type],
  initial: new Map(),
  apply(curators, { occurredAt, ...fact }) {
    const { type, data } = fact as CuratorFact;
    if (type === curatorRegistered.type) return new Map(curators).set(data.curatorId, { ...data, registeredAt: occurredAt });
    const known = curators.get(data.curatorId);
    return type === curatorDeparted.type && known ? new Map(curators).set(data.curatorId, { ...known, departedAt: occurredAt }) : curators;
  },
};

/** Of a curator who came back the absence is not remembered. */
export const standingOf = (curators: Curators, id: string, instant: string): 'unknown' | 'active' | 'departed' => {
  const curator = curators.get(id);
  if (curator === undefined) return 'unknown';
  return curator.departedAt === undefined || instant < curator.departedAt ? 'active' : 'departed';
};
