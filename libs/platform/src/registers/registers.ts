import type { EventLog } from '#event-log';
import {
  applyPolicyEvent,
  curatorDeparted,
  curatorRegistered,
  defaultPolicies,
  type PolicyHistory,
  policyPublished,
} from '#relationship/facts.js';
import { currentEvents } from '../events/current-events.js';
import { openRegister, type Register } from './register.js';

export interface CuratorEntry {
  readonly curatorId: string;
  readonly displayName?: string;
  readonly supervisorId?: string;
  readonly team?: string;
  readonly registeredAt: string;
  readonly departedAt?: string;
}
export type Curators = ReadonlyMap<string, CuratorEntry>;

type FollowableLog = Pick<EventLog, 'head' | 'readAll' | 'readByStream' | 'subscribe'>;

export const openPolicyRegister = (log: FollowableLog, onFailure: (error: unknown) => void): Promise<Register<PolicyHistory>> =>
  openRegister({
    log: currentEvents(log),
    streamPrefix: 'policy-',
    types: [policyPublished.type],
    initial: defaultPolicies,
    apply: applyPolicyEvent,
    onFailure,
  });

export const openCuratorRegister = (log: FollowableLog, onFailure: (error: unknown) => void): Promise<Register<Curators>> =>
  openRegister<Curators>({
    log: currentEvents(log),
    streamPrefix: 'curator-',
    types: [curatorRegistered.type, curatorDeparted.type],
    initial: new Map(),
    apply: (curators, event) => {
      const data = event.data as Omit<CuratorEntry, 'registeredAt'>;
      if (event.type === curatorRegistered.type) return new Map(curators).set(data.curatorId, { ...data, registeredAt: event.occurredAt });
      const known = curators.get(data.curatorId);
      return event.type === curatorDeparted.type && known
        ? new Map(curators).set(data.curatorId, { ...known, departedAt: event.occurredAt })
        : curators;
    },
    onFailure,
  });

/** Of a curator who came back the absence is not remembered. */
export const standingOf = (curators: Curators, id: string, instant: string): 'unknown' | 'active' | 'departed' => {
  const curator = curators.get(id);
  if (curator === undefined) return 'unknown';
  return curator.departedAt === undefined || instant < curator.departedAt ? 'active' : 'departed';
};
