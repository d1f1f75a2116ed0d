import type { RecordedEvent } from '#event-log';
import { mergeInForce } from '#relationship/facts.js';
import type { Handlers, Reflected } from '../facts.js';
import { appended, type BlockList, emptyBlocks } from '../persistent/block-list.js';

interface At {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: string;
}
/** What of an event counts for the ladder. */
export type Evidence =
  | (At & { readonly kind: 'registered' | 'act' | 'merged' | 'unmerged' | 'erased' })
  | (At & { readonly kind: 'purchase'; readonly id: string })
  /** After which nothing of the purchase is left. */
  | (At & { readonly kind: 'return'; readonly id: string })
  | (At & { readonly kind: 'csat' | 'nps'; readonly score: number })
  | (At & { readonly kind: 'complaint' | 'resolved' | 'ended'; readonly id: string })
  | (At & { readonly kind: 'contract' | 'agreement'; readonly id: string; readonly from: number; readonly until: number | null });

export interface LadderDocument extends Reflected {
  readonly customerId: string;
  /** In order of learning. */
  readonly evidence: BlockList<Evidence>;
}

export const emptyLadder = (customerId: string): LadderDocument => ({ customerId, revision: -1, evidence: emptyBlocks });

export const ladderHandlers = {
  'customer-registered': (document, _, event) => noted(document, { ...at(event), kind: 'registered' }),
  'purchase-recorded': (document, { purchaseId }, event) => noted(document, { ...at(event), kind: 'purchase', id: purchaseId }),
  'purchase-returned': (document, { purchaseId, whole }, event) =>
    whole ? noted(document, { ...at(event), kind: 'return', id: purchaseId }) : document,
  'satisfaction-answered': (document, { metric, score }, event) =>
    metric === 'csat' || metric === 'nps' ? noted(document, { ...at(event), kind: metric, score }) : document,
  'complaint-raised': (document, { complaintId }, event) => noted(document, { ...at(event), kind: 'complaint', id: complaintId }),
  'complaint-resolved': (document, { complaintId }, event) => noted(document, { ...at(event), kind: 'resolved', id: complaintId }),
  'recommendation-made': (document, _, event) => noted(document, { ...at(event), kind: 'act' }),
  'referral-converted': (document, _, event) => noted(document, { ...at(event), kind: 'act' }),
  'review-published': (document, _, event) => noted(document, { ...at(event), kind: 'act' }),
  'contract-signed': (document, { contractId, activeFrom, activeUntil }, event) =>
    noted(document, { ...at(event), kind: 'contract', id: contractId, ...span(activeFrom, activeUntil) }),
  'partnership-agreed': (document, { agreementId, activeFrom, activeUntil }, event) =>
    noted(document, { ...at(event), kind: 'agreement', id: agreementId, ...span(activeFrom, activeUntil) }),
  'partnership-ended': (document, { agreementId }, event) => noted(document, { ...at(event), kind: 'ended', id: agreementId }),
  'customer-merged': (document, _, event) => noted(document, { ...at(event), kind: 'merged' }),
  'customer-unmerged': (document, _, event) => noted(document, { ...at(event), kind: 'unmerged' }),
  'customer-erased': (document, _, event) => noted(document, { ...at(event), kind: 'erased' }),
} satisfies Handlers<LadderDocument>;

function at({ occurredAt, id }: RecordedEvent): At {
  return { at: Date.parse(occurredAt), event: id };
}

function span(from: string, until: string | undefined) {
  return { from: Date.parse(from), until: until === undefined ? null : Date.parse(until) };
}

function noted(document: LadderDocument, evidence: Evidence): LadderDocument {
  return { ...document, evidence: appended(document.evidence, evidence) };
}

/** In order of time, whatever the order of learning. */
export const inOrderOfTime = (evidence: BlockList<Evidence>): readonly Evidence[] => {
  const all = evidence.flat();
  for (let i = 1; i < all.length; i++) if (all[i]!.at < all[i - 1]!.at) return all.sort((a, b) => a.at - b.at);
  return all;
};

/** When a record ceased to be a customer of its own, by a merge or an erasure. */
export const departure = (ordered: readonly Evidence[]): Evidence | undefined => {
  const turns = ordered.filter(({ kind }) => kind === 'merged' || kind === 'unmerged');
  const merged = mergeInForce(turns.map((evidence) => ({ evidence, into: evidence.kind === 'merged' ? '' : null })))?.evidence;
  const erased = ordered.find(({ kind }) => kind === 'erased');
  return merged && erased ? (merged.at <= erased.at ? merged : erased) : (merged ?? erased);
};
