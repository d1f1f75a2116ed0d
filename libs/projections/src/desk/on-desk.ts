import type { Range, StoredDocument } from '#read-models';
import type { QueryContext } from '../view-reader.js';
import type { DeskRow } from './rows.js';

/** A planned contact or a promise as a desk shows it. */
export interface OnDesk extends Omit<DeskRow, 'events'> {
  readonly state: string;
  readonly overdue: boolean;
  readonly because: readonly string[];
}

export interface OnDeskParams {
  readonly curatorId: string;
  readonly kinds: readonly ('contact' | 'promise')[];
  readonly dueAt: Range;
  /** Else what was done by then stands beside. */
  readonly openOnly: boolean;
  readonly asOf: string;
  readonly limit: number;
}

/** What a curator answered for at an instant, by date. Pages until the limit: rows that have passed on are left out. */
export const itemsOnDesk = async (
  { reader }: QueryContext,
  { curatorId, kinds, dueAt, openOnly, asOf, limit }: OnDeskParams,
): Promise<{ readonly items: readonly OnDesk[]; readonly cut: boolean }> => {
  const items: OnDesk[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.rows<DeskRow>('desk', {
      where: { curatorId, itemKind: kinds },
      range: { dueAt, openedAt: { lte: asOf }, ...(openOnly && { closedAt: { gt: asOf } }) },
      sort: { field: 'dueAt', direction: 'asc' },
      limit: Math.min(1000, limit + 1),
      ...(cursor !== undefined && { cursor }),
    });
    for (const row of page.documents) {
      const item = onDesk(row, asOf);
      if (!passedOn.has(item.state)) items.push(item);
    }
    cursor = page.next;
  } while (cursor !== undefined && items.length <= limit);
  return { items: items.slice(0, limit), cut: items.length > limit };
};

const passedOn: ReadonlySet<string> = new Set(['rescheduled', 'handed-over']);

function onDesk({ fields, body: { events, ...item } }: StoredDocument<DeskRow>, asOf: string): OnDesk {
  const state = String(fields.closedAt) > asOf ? 'open' : String(fields.state);
  return { ...item, state, overdue: state === 'open' && item.dueAt < asOf, because: events };
}
