import type { Dated } from '../kernel/event.js';
import { emptyMap, get, type PersistentMap, put } from '../kernel/persistent-map.js';
import type { PartnershipFact } from './events.js';

export interface Agreement {
  readonly activeFrom: string;
  readonly activeUntil?: string;
  readonly ended: boolean;
}

export type Agreements = PersistentMap<Agreement>;

export const noAgreements: Agreements = emptyMap();

export const evolveAgreements = (agreements: Agreements, fact: Dated<PartnershipFact>): Agreements => {
  switch (fact.type) {
    case 'partnership-agreed': {
      const { agreementId, activeFrom, activeUntil } = fact.data;
      return put(agreements, agreementId, { activeFrom, activeUntil, ended: false });
    }
    case 'partnership-ended': {
      const agreement = get(agreements, fact.data.agreementId);
      return agreement === undefined ? agreements : put(agreements, fact.data.agreementId, { ...agreement, ended: true });
    }
  }
};

export const isInForce = ({ activeFrom, activeUntil, ended }: Agreement, instant: string): boolean =>
  !ended && activeFrom <= instant && (activeUntil === undefined || instant < activeUntil);
