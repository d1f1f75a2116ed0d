import { idBlocks } from '#relationship/kernel/id-map.js';
import type { Derivation, Row } from '../projection.js';
import type { DeskDocument, DeskItem } from './document.js';
import { type Segment, segmentsOf } from './segments.js';
import { staysOf } from './stays.js';

/** Body of a row of a planned contact, a promise or a complaint. `events`: what opened it and gave it its date or holder. */
export interface DeskRow extends Pick<DeskItem, 'id' | 'channel' | 'purpose' | 'text' | 'severity' | 'openedAt'> {
  readonly customerId: string;
  readonly mergedInto?: string;
  readonly dueAt: string;
  readonly kind: DeskItem['kind'];
  readonly events: readonly string[];
  /** What closed it; on the last segment of a closed item only. */
  readonly endedBy?: string;
}

/** Body of a row of a portfolio: one a customer and interval of responsibility. */
export interface PortfolioRow {
  readonly customerId: string;
  readonly from: string;
  readonly event: string;
}

/**
 * One row a segment, so that what was on a desk is found as of any instant by `openedAt <= asOf < closedAt`.
 * `state` is how the segment ended, so it holds only once `closedAt` has come.
 */
const itemRows: Derivation<DeskDocument, Row, readonly [string, DeskItem]> = {
  items: ({ items }) => idBlocks(items),
  of: (desk, _, [, item]) => segmentsOf(desk, item).map((segment, i) => itemRow(desk, item, segment, i)),
};

export const deskRows: readonly Derivation<DeskDocument, Row>[] = [itemRows, { of: portfolioRows }];

function itemRow({ customerId, merged }: DeskDocument, item: DeskItem, segment: Segment, index: number): Row {
  const { id, kind, channel, purpose, text, severity, openedAt, schedule, closed } = item;
  const { curatorId, dueAt, from, to, state, event } = segment;
  const body: DeskRow = {
    customerId,
    ...(merged && { mergedInto: merged.into }),
    kind,
    id,
    ...(channel && { channel }),
    ...(purpose && { purpose }),
    ...(text && { text }),
    ...(severity && { severity }),
    dueAt,
    openedAt,
    events: [...new Set([schedule[0]!.event, event])],
    ...(closed && state === closed.state && { endedBy: closed.event }),
  };
  return {
    key: `${customerId}|${kind}|${id}|${String(index).padStart(4, '0')}`,
    fields: { customerId, curatorId, itemKind: kind, dueAt, openedAt: from, closedAt: to, state },
    body,
  };
}

function portfolioRows(desk: DeskDocument): readonly Row[] {
  const { customerId } = desk;
  return staysOf(desk).map(({ curatorId, from, to, event }) => {
    const body: PortfolioRow = { customerId, from, event };
    return {
      key: `${customerId}|customer|${event}`,
      fields: { customerId, curatorId, itemKind: 'customer', dueAt: null, openedAt: from, closedAt: to, state: 'open' },
      body,
    };
  });
}
