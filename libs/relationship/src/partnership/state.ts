import type { Dated } from '../kernel/event.js';
import { emptyIdMap, getId, type IdMap, setId } from '../kernel/id-map.js';
import type { PartnershipEvent } from './events.js';

export interface Agreement {
  readonly activeFrom: string;
  readonly activeUntil?: string;
  /** The earliest of the ends that were recorded. */
  readonly endedAt?: string;
}

export type Agreements = IdMap<Agreement>;

export const noAgreements: Agreements = emptyIdMap;

export const evolveAgreements = (agreements: Agreements, event: Dated<PartnershipEvent>): Agreements => {
  switch (event.type) {
    case 'partnership-agreed': {
      const { agreementId, activeFrom, activeUntil } = event.data;
      return setId(agreements, agreementId, { activeFrom, activeUntil });
    }
    case 'partnership-ended': {
      const agreement = getId(agreements, event.data.agreementId);
      if (agreement === undefined || !isBefore(event.occurredAt, agreement.endedAt)) return agreements;
      return setId(agreements, event.data.agreementId, { ...agreement, endedAt: event.occurredAt });
    }
  }
};

export const isInForce = ({ activeFrom, activeUntil, endedAt }: Agreement, instant: string): boolean =>
  activeFrom <= instant && isBefore(instant, activeUntil) && isBefore(instant, endedAt);

const isBefore = (instant: string, end: string | undefined): boolean => end === undefined || instant < end;
