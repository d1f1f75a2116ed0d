import type { ReferenceData } from '../kernel/aggregate.js';
import { type CuratorFact, curatorDeparted, curatorRegistered } from './events.js';

export interface CuratorEntry {
  readonly curatorId: string;
  readonly displayName?: string;
  readonly supervisorId?: string;
  readonly team?: string;
  readonly registeredAt: string;
  readonly departedAt?: string;
  /** When the last departure was recorded, also of a curator who came back: keys made until then stay refused. */
  readonly keysRefusedUntil?: string;
}
/** What is told of a curator. */
export type ShownCurator = Omit<CuratorEntry, 'keysRefusedUntil'>;
export type Curators = ReadonlyMap<string, CuratorEntry>;

export const curatorRegister: ReferenceData<Curators> = {
  types: [curatorRegistered.type, curatorDeparted.type],
  initial: new Map(),
  apply(curators, { occurredAt, recordedAt, ...fact }) {
    const { type, data } = fact as CuratorFact;
    const known = curators.get(data.curatorId);
    if (type === curatorRegistered.type) {
      const refused = known?.keysRefusedUntil !== undefined && { keysRefusedUntil: known.keysRefusedUntil };
      return new Map(curators).set(data.curatorId, { ...data, registeredAt: occurredAt, ...refused });
    }
    return type === curatorDeparted.type && known
      ? new Map(curators).set(data.curatorId, { ...known, departedAt: occurredAt, keysRefusedUntil: recordedAt })
      : curators;
  },
};

/** Of a curator who came back the absence is not remembered. */
export const standingOf = (curators: Curators, id: string, instant: string): 'unknown' | 'active' | 'departed' => {
  const curator = curators.get(id);
  if (curator === undefined) return 'unknown';
  return curator.departedAt === undefined || instant < curator.departedAt ? 'active' : 'departed';
};

/** Of a curator id. A key made before its curator is registered is good, one of a curator who has left since is not, for ever. */
export const isKeyGood = (curators: Curators, { actorId, created }: { readonly actorId: string; readonly created: string }): boolean => {
  const refusedUntil = curators.get(actorId)?.keysRefusedUntil;
  return refusedUntil === undefined || created > refusedUntil;
};
