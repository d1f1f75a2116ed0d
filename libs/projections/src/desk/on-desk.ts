import type { Range, StoredDocument } from '#read-models';
import type { QueryContext } from '../view-reader.js';
import type { ItemEnd, ItemKind } from './document.js';
import type { DeskRow } from './rows.js';

/** Open, or how it ended. */
export const deskStates = ['open', 'completed', 'missed', 'cancelled', 'kept', 'broken', 'resolved', 'erased'] as const satisfies readonly (
  | 'open'
  | ItemEnd
)[];

/** A planned contact, a promise or a complaint as a desk shows it. */
export interface OnDesk extends Omit<DeskRow, 'events' | 'endedBy'> {
  readonly state: (typeof deskStates)[number];
  readonly overdue: boolean;
  readonly because: readonly string[];
}

export interface OnDeskParams {
  /** Of any of them; null: of nobody. */
  readonly curators: readonly (string | null)[];
  readonly kinds: readonly ItemKind[];
  readonly dueAt: Range;
  /** Else what was done by then is listed too. */
  readonly openOnly: boolean;
  readonly asOf: string;
  readonly limit: number;
}

/** What a curator answered for at an instant, by date. Pages until the limit: rows that have passed on are left out. */
export const itemsOnDesk = async (
  { reader }: QueryContext,
  { curators, kinds, dueAt, openOnly, asOf, limit }: OnDeskParams,
): Promise<{ readonly items: readonly OnDesk[]; readonly cut: boolean }> => {
  const items: OnDesk[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.rows<DeskRow>('desk', {
      where: { curatorId: curators, itemKind: kinds },
      range: { dueAt, openedAt: { lte: asOf }, ...(openOnly && { closedAt: { gt: asOf } }) },
      sort: { field: 'dueAt', direction: 'asc' },
      limit: Math.min(1000, limit + 1),
      ...(cursor !== undefined && { cursor }),
    });
    for (const row of page.documents) items.push(...onDesk(row, asOf));
    cursor = page.next;
  } while (cursor !== undefined && items.length <= limit);
  return { items: items.slice(0, limit), cut: items.length > limit };
};

/** Nothing where it was passed on by then, to another day or desk. */
function onDesk({ fields, body: { events, endedBy, ...item } }: StoredDocument<DeskRow>, asOf: string): readonly OnDesk[] {
  const state = String(fields.closedAt) > asOf ? 'open' : deskStates.find((each) => each === fields.state);
  if (state === undefined) return [];
  const because = state === 'open' || endedBy === undefined ? events : [...events, endedBy];
  return [{ ...item, state, overdue: state === 'open' && item.kind !== 'complaint' && item.dueAt < asOf, because }];
}
