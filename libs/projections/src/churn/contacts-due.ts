import type { StoredDocument } from '#read-models/read-model-store.js';
import { calendarOf } from '../calendar.js';
import { dayName, dayNumber } from '../days.js';
import { stillAhead } from '../present.js';
import { curatorAt } from '../shared/assignments.js';
import type { QueryContext } from '../view-reader.js';
import type { ChurnFigures, Silence } from './answer-schema.js';
import { type CompactHistory, compactHistoryOf } from './compact-history.js';
import { companyFigures } from './company.js';
import type { ChurnDocument } from './document.js';
import { compactHistoryAt } from './everyone.js';
import { measured, type Norms, normsOn } from './figures.js';
import { silenceOf } from './silence.js';

export interface ContactsDueParams {
  /** Any of them; null: customers without a curator. */
  readonly curators: readonly (string | null)[];
  /** Day by which the contact is due. */
  readonly by: string;
  /** Given: the whole company is looked through as of then, for the index knows the present only. */
  readonly asOf?: string;
  readonly limit: number;
}

export interface ContactDue extends Pick<ChurnFigures, 'customerId' | 'risk'> {
  readonly silence: Silence;
}

type Care = Omit<ContactDue, 'silence'> & { readonly silence: Silence | null };

const A_PAGE = 200;
const LAST_DAY = dayNumber('9999-12-31');

/** Customers of curators who should hear from us by the cadence norm, the longest overdue first. */
export const contactsDue = async (
  context: QueryContext,
  { curators, by, asOf, limit }: ContactsDueParams,
): Promise<{ readonly items: readonly ContactDue[]; readonly cut: boolean }> => {
  const figures = asOf === undefined ? await presently(context, { curators, by, limit }) : await once(context, curators, asOf);
  const items = figures
    .flatMap(({ customerId, silence, risk }) => (silence && silence.dueDay <= by ? [{ customerId, silence, risk }] : []))
    .sort((a, b) =>
      a.silence.dueDay < b.silence.dueDay ? -1 : a.silence.dueDay > b.silence.dueDay ? 1 : a.customerId < b.customerId ? -1 : 1,
    );
  return { items: items.slice(0, limit), cut: items.length > limit };
};

async function presently({ reader, now, policies }: QueryContext, { curators, by, limit }: ContactsDueParams): Promise<readonly Care[]> {
  const calendar = calendarOf(policies);
  const norms = normsOn(policies, calendar.dayNumber(now));
  const found = new Map<string, Care>();
  const take = ({ key, body }: StoredDocument<ChurnDocument>) => {
    const care = curators.includes(curatorAt(body, now) ?? null) ? careFor(compactHistoryOf(body, calendar), norms) : undefined;
    if (care) found.set(key, care);
  };
  for (const ahead of await stillAhead<ChurnDocument>((query) => reader.documents('churn', query), now)) take(ahead);
  // The index may be by the days of another zone than those asked for, as while views are rebuilt: a day apart. The document decides.
  const until = dayName(Math.min(dayNumber(by) + 1, LAST_DAY));
  let cursor: string | undefined;
  do {
    const page = await reader.documents<ChurnDocument>('churn', {
      where: { curatorId: curators },
      range: { contactDueDay: { lte: until } },
      sort: { field: 'contactDueDay', direction: 'asc' },
      limit: A_PAGE,
      ...(cursor !== undefined && { cursor }),
    });
    for (const document of page.documents) take(document);
    // Nobody who follows is due before the day before that.
    const reached = dayNumber(String(page.documents.at(-1)?.fields.contactDueDay)) - 1;
    const before = [...found.values()].filter(({ silence }) => silence !== null && dayNumber(silence.dueDay) < reached);
    cursor = before.length > limit ? undefined : page.next;
  } while (cursor !== undefined);
  return [...found.values()];
}

async function once(context: QueryContext, curators: ContactsDueParams['curators'], asOf: string): Promise<readonly Care[]> {
  // The desk names no position: who has just been phoned is not on it.
  const minPosition = await context.reader.checkpoint('churn');
  const { everyone, day } = await companyFigures({ ...context, minPosition }, asOf);
  const norms = normsOn(context.policies, day);
  return everyone.assignments.flatMap((assignments, at) =>
    curators.includes(curatorAt({ assignments }, asOf) ?? null) ? (careFor(compactHistoryAt(everyone, at), norms) ?? []) : [],
  );
}

/** Whoever has a cadence, whether or not a customer of the ladder. */
function careFor(history: CompactHistory, norms: Norms): Care | undefined {
  const found = measured(history, norms);
  return found && { customerId: history.customerId, silence: silenceOf(found, norms.day), risk: found.risk };
}
