import type { StoredDocument } from '#read-models/read-model-store.js';
import { dayNumber, dayOf } from '../days.js';
import { stillAhead } from '../present.js';
import { curatorAt } from '../shared/assignments.js';
import type { QueryContext } from '../view-reader.js';
import { type ChurnFigures, figuresOn } from './figures.js';
import { scanOn } from './scan.js';
import type { Silence } from './silence.js';
import type { Trace } from './trace.js';

export interface ContactsDueParams {
  /** Any of them; null: customers without a curator. */
  readonly curators: readonly (string | null)[];
  /** Day by which the contact is due. */
  readonly by: string;
  /** Given: the whole company is scanned as of then, for the index knows the present only. */
  readonly asOf?: string;
  readonly limit: number;
}

export interface ContactDue {
  readonly customerId: string;
  readonly silence: Silence;
  readonly risk: ChurnFigures['risk'];
}

/** Customers of curators who should hear from us by the cadence norm, the longest overdue first. */
export const contactsDue = async (
  context: QueryContext,
  { curators, by, asOf, limit }: ContactsDueParams,
): Promise<{ readonly items: readonly ContactDue[]; readonly cut: boolean }> => {
  const figures = asOf === undefined ? await presently(context, curators, by) : await once(context, curators, asOf);
  const items = figures
    .flatMap(({ customerId, silence, risk }) => (silence && silence.dueDay <= by ? [{ customerId, silence, risk }] : []))
    .sort((a, b) =>
      a.silence.dueDay < b.silence.dueDay ? -1 : a.silence.dueDay > b.silence.dueDay ? 1 : a.customerId < b.customerId ? -1 : 1,
    );
  return { items: items.slice(0, limit), cut: items.length > limit };
};

async function presently(
  { reader, now, policies }: QueryContext,
  curators: ContactsDueParams['curators'],
  by: string,
): Promise<readonly ChurnFigures[]> {
  const found = new Map<string, ChurnFigures>();
  const take = ({ key, body }: StoredDocument<Trace>) => {
    const figures = curators.includes(curatorAt(body, now) ?? null) ? figuresOn(body, dayNumber(dayOf(now)), policies) : undefined;
    if (figures) found.set(key, figures);
  };
  for (const trace of await stillAhead<Trace>((query) => reader.rows('churn', query), now)) take(trace);
  let cursor: string | undefined;
  do {
    const page = await reader.rows<Trace>('churn', {
      where: { curatorId: curators },
      range: { contactDueDay: { lte: by } },
      limit: 1000,
      ...(cursor !== undefined && { cursor }),
    });
    for (const trace of page.documents) take(trace);
    cursor = page.next;
  } while (cursor !== undefined);
  return [...found.values()];
}

async function once(context: QueryContext, curators: ContactsDueParams['curators'], asOf: string): Promise<readonly ChurnFigures[]> {
  const { customers } = await scanOn(context, asOf);
  return customers.filter(({ assignments }) => curators.includes(curatorAt({ assignments }, asOf) ?? null)).map(({ figures }) => figures);
}
